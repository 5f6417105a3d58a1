package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"mod_csta_socket/csta/client"
	"mod_csta_socket/csta/ecma"
)

func (a *app) callCommand() *cobra.Command {
	var auto bool
	cmd := &cobra.Command{
		Use:   "call FROM TO",
		Short: "Make a call (MakeCall)",
		Long: `Makes FROM call TO. FROM's phone rings first and calls TO when it is answered;
with --auto it goes off-hook by itself, if it can. Prints the call's ID. How the
call goes on is told to monitors.`,
		Example: `  cstactl call 1000 1001
  cstactl call --auto 1000 9500`,
		Args:              between(2, 2),
		ValidArgsFunction: a.completeDevices(2),
	}
	cmd.Flags().BoolVar(&auto, "auto", false, "do not prompt: FROM goes off-hook by itself")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		from, err := parseDevice(args[0])
		if err != nil {
			return err
		}
		to, err := parseDevice(args[1])
		if err != nil {
			return err
		}
		how := ecma.Prompt
		if auto {
			how = ecma.DoNotPrompt
		}
		return a.ask(cmd.Context(), "MakeCall", func(ctx context.Context, c *client.Client) error {
			connection, err := c.MakeCall(ctx, from, to, how)
			if err == nil {
				fmt.Fprintln(a.out, connection.CallID)
			}
			return err
		})
	}
	return cmd
}

func (a *app) answerCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "answer [CALL] DEVICE",
		Short: "Answer a call (AnswerCall)",
		Long: `Answers a call that rings at DEVICE, waits in it (a queue), or prompts it
(MakeCall). CALL is needed only if there are several.`,
		Example: `  cstactl answer 1001
  cstactl answer 3f2a9c1d 1001`,
		Args:              between(1, 2),
		ValidArgsFunction: a.completeDevices(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.onConnection(cmd.Context(), "AnswerCall", args,
				[]ecma.LocalConnectionState{ecma.StateAlerting, ecma.StateQueued, ecma.StateInitiated},
				(*client.Client).AnswerCall)
		},
	}
}

func (a *app) hangupCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "hangup [CALL] DEVICE",
		Short: "Take a device out of a call (ClearConnection)",
		Long: `Ends DEVICE's part in a call; in a call of two that ends the call. CALL is needed
only if the device has several calls.`,
		Example: `  cstactl hangup 1001
  cstactl hangup 3f2a9c1d 1001`,
		Args:              between(1, 2),
		ValidArgsFunction: a.completeDevices(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.onConnection(cmd.Context(), "ClearConnection", args, nil, (*client.Client).ClearConnection)
		},
	}
}

// onConnection does something to the connection that [CALL] DEVICE means. If
// states is not empty, only connections in one of them come into question when
// no call is named.
func (a *app) onConnection(ctx context.Context, service string, args []string, states []ecma.LocalConnectionState,
	do func(*client.Client, context.Context, ecma.ConnectionID) error,
) error {
	device, err := parseDevice(args[len(args)-1])
	if err != nil {
		return err
	}
	call := ""
	if len(args) == 2 {
		call = args[0]
	}
	return a.ask(ctx, service, func(ctx context.Context, c *client.Client) error {
		connection, err := findConnection(ctx, c, call, device, states)
		if err != nil {
			return err
		}
		return do(c, ctx, connection)
	})
}

// findConnection looks the device's connections up. A call that the device is
// not in is passed on as it is: the server's refusal says more than ours.
func findConnection(ctx context.Context, c *client.Client, call string, device ecma.DeviceID, states []ecma.LocalConnectionState) (ecma.ConnectionID, error) {
	calls, err := c.SnapshotDevice(ctx, device)
	if err != nil {
		return ecma.ConnectionID{}, fmt.Errorf("SnapshotDevice: %w", err)
	}
	var found []ecma.ConnectionID
	for _, info := range calls {
		fits := call != "" || len(states) == 0 || len(info.States) > 0 && slices.Contains(states, info.States[0])
		if fits && strings.HasPrefix(info.Connection.CallID, call) {
			found = append(found, info.Connection)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		ids := make([]string, len(found))
		for i, f := range found {
			ids[i] = f.CallID
		}
		return ecma.ConnectionID{}, fmt.Errorf("%s has several calls, name one: %s", deviceName(device), strings.Join(ids, ", "))
	case call != "":
		return ecma.ConnectionID{CallID: call, Device: device}, nil
	case len(calls) > 0:
		return ecma.ConnectionID{}, fmt.Errorf("%s has no call in a state for that: %s", deviceName(device), describeCalls(calls))
	}
	return ecma.ConnectionID{}, fmt.Errorf("%s has no call", deviceName(device))
}

func describeCalls(calls []ecma.SnapshotDeviceInfo) string {
	var all []string
	for _, info := range calls {
		all = append(all, info.Connection.CallID+" "+stateNames(info.States))
	}
	return strings.Join(all, ", ")
}

// stateNames lists states; the first one is the device's own.
func stateNames(states []ecma.LocalConnectionState) string {
	if len(states) == 0 {
		return "unknown"
	}
	words := make([]string, len(states))
	for i, s := range states {
		words[i] = string(s)
	}
	return strings.Join(words, " ")
}
