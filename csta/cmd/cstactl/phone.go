package main

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

func (a *app) phoneCommand() *cobra.Command {
	var address string
	cmd := &cobra.Command{
		Use:   "phone [NUMBER COMMAND [ARGUMENT]]",
		Short: "Move a phone of a running cstactl sim",
		Long: `Does something at a phone of a simulated switch, as a person would, or changes its
script. Without arguments the phones are listed. A party in the network, behind
the trunk, is net:NUMBER.

By hand:
  dial NUMBER, answer, reject [CAUSE], redirect NUMBER, hangup, hold, retrieve, digits 123#,
  transfer NUMBER (blind), attended (joins its two calls), ring, early,
  register, unregister
Script, for the calls to come; items are joined by commas:
  silent               rings for ever
  answer:2s            rings, then answers
  busy                 refuses at once
  reject:USER_BUSY:2s  rings, then refuses
  redirect:1002:2s     rings, then sends the call on; by hand it is redirect 1002
  away                 is not registered
  early, noring        early media, or nothing at all, instead of ringing
  hangup:10s           hangs up that long after the answer
  noautoanswer, notalk, deaftalk
                       does not answer by itself; can't be asked to answer, and
                       the switch knows, or does not
  lines:1              is busy while it has that many calls`,
		Example: `  cstactl phone
  cstactl phone 1000 dial 1001
  cstactl phone 1001 answer:500ms,hangup:10s
  cstactl phone net:5550 dial 193190`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				return usageError{cmd, "what should the phone do?"}
			}
			return nil
		},
	}
	cmd.ValidArgsFunction = a.completePhones(&address)
	controlFlag(cmd, &address)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		command := "phones"
		if len(args) > 0 {
			command = "phone " + strings.Join(args, " ")
		}
		return a.control(address, command)
	}
	return cmd
}

// control sends one command to the control port and prints what it says.
func (a *app) control(address, command string) error {
	lines, err := askControl(address, command, a.timeout)
	for _, l := range lines {
		fmt.Fprintln(a.out, l)
	}
	return err
}

// askControl sends one command to the control port; the lines that came before a
// failure are there as well.
func askControl(address, command string, timeout time.Duration) ([]string, error) {
	address = controlAddress(address)
	if strings.ContainsAny(command, "\r\n") || len(command) >= maxControlLine {
		return nil, errors.New("the command does not fit into a line")
	}
	conn, err := net.DialTimeout("tcp", address, timeout)
	if err != nil {
		return nil, fmt.Errorf("no simulated switch at %s (cstactl sim starts one): %w", address, err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(timeout)); err != nil {
		return nil, err
	}
	if _, err := fmt.Fprintln(conn, command); err != nil {
		return nil, err
	}
	var lines []string
	in := bufio.NewScanner(conn)
	for in.Scan() {
		line := in.Text()
		switch {
		case line == "OK":
			return lines, nil
		case strings.HasPrefix(line, "ERR "):
			return lines, errors.New(line[len("ERR "):])
		}
		lines = append(lines, strings.TrimPrefix(line, " "))
	}
	if err := in.Err(); err != nil {
		return lines, err
	}
	return lines, errors.New("the simulated switch closed the connection")
}
