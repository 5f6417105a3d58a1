package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"mod_csta_socket/csta/client"
	"mod_csta_socket/csta/ecma"
)

func (a *app) rawCommand() *cobra.Command {
	var linger time.Duration
	cmd := &cobra.Command{
		Use:   "raw FILE",
		Short: "Send an XML file and print the answer",
		Long: `Sends one CSTA request from a file, or from standard input if FILE is -, exactly as
it is, and prints the answer. With --wait it stays for that time and prints the
events that come; monitors end with the connection.`,
		Example: `  cstactl raw monitor.xml --wait 1m
  echo '<RequestSystemStatus/>' | cstactl raw -`,
		Args: between(1, 1),
	}
	cmd.Flags().DurationVar(&linger, "wait", 0, "how long to wait for events after the answer")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		doc, err := a.document(args[0])
		if err != nil {
			return err
		}
		return a.raw(cmd.Context(), doc, linger)
	}
	return cmd
}

// maxDocument is what fits into a frame (ECMA-323 Annex J.2: 65535 bytes with
// the header of 8).
const maxDocument = 65535 - 8

func (a *app) document(file string) ([]byte, error) {
	in := a.in
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	doc, err := io.ReadAll(io.LimitReader(in, maxDocument+1))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", file, err)
	}
	if len(doc) > maxDocument {
		return nil, fmt.Errorf("%s is longer than a frame can be (%d bytes)", file, maxDocument)
	}
	if len(doc) == 0 {
		return nil, fmt.Errorf("%s is empty", file)
	}
	return doc, nil
}

func (a *app) raw(ctx context.Context, doc []byte, linger time.Duration) error {
	c, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	request, cancel := context.WithTimeout(ctx, a.timeout)
	answer, err := c.RawRequest(request, doc)
	cancel()
	if err != nil {
		return a.failure("the request", err)
	}
	fmt.Fprintf(a.out, "%s\n", answer.Raw)
	end := time.NewTimer(linger)
	defer end.Stop()
	for linger > 0 {
		select {
		case e, open := <-c.Events():
			if !open {
				return fmt.Errorf("the connection ended: %w", c.Err())
			}
			fmt.Fprintf(a.out, "%s\n", e.Raw)
			continue
		case <-end.C:
		case <-ctx.Done():
		}
		break
	}
	return refusal(answer)
}

func refusal(answer client.Answer) error {
	var negative *ecma.Error
	if m, ok := answer.Message.(error); ok && errors.As(m, &negative) {
		return fmt.Errorf("the server refused: %w", negative)
	}
	return nil
}
