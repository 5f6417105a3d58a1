package main

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// completionTime bounds the wait of a shell that completes a word.
const completionTime = 300 * time.Millisecond

// completeDevices completes up to most arguments that are devices.
func (a *app) completeDevices(most int) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) >= most {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return a.knownDevices(), cobra.ShellCompDirectiveNoFileComp
	}
}

// completeWords completes arguments by the words that may stand at each place; nil
// stands for devices.
func (a *app) completeWords(places ...[]string) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		switch {
		case len(args) >= len(places):
			return nil, cobra.ShellCompDirectiveNoFileComp
		case places[len(args)] == nil:
			return a.knownDevices(), cobra.ShellCompDirectiveNoFileComp
		}
		return places[len(args)], cobra.ShellCompDirectiveNoFileComp
	}
}

// completePhones completes the arguments of the phone command.
func (a *app) completePhones(control *string) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		switch len(args) {
		case 0:
			return append(a.phones(*control), outside), cobra.ShellCompDirectiveNoFileComp
		case 1:
			return slices.Concat(slices.Sorted(maps.Keys(handles)), slices.Sorted(maps.Keys(phoneArguments)), scriptWords),
				cobra.ShellCompDirectiveNoFileComp
		case 2:
			return a.phones(*control), cobra.ShellCompDirectiveNoFileComp
		}
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
}

// scriptWords are the words a phone's script consists of (sim.ParseBehaviour).
var scriptWords = []string{
	"silent", "answer", "busy", "reject", "redirect", "away", "early", "noring", "hangup:", "noautoanswer", "notalk", "deaftalk", "lines:",
}

// knownDevices are the devices of the simulated switch on this machine. A CSTA server
// elsewhere is not asked: it can't list its devices.
func (a *app) knownDevices() []string {
	if !a.atHome() {
		return nil
	}
	phones := a.phones("")
	if phones == nil {
		return nil
	}
	return append(phones, "queue:9500", "trunk:20")
}

// phones are the numbers of the phones that a simulated switch has; nil if there is none.
func (a *app) phones(control string) []string {
	lines, err := askControl(control, "phones", min(a.timeout, completionTime))
	if err != nil {
		return nil
	}
	var numbers []string
	for _, l := range lines {
		number, _, _ := strings.Cut(l, " ")
		numbers = append(numbers, number)
	}
	return numbers
}
