package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"mod_csta_socket/csta/client"
	"mod_csta_socket/csta/ecma"
)

func (a *app) statusCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Show the server's state and what it can do",
		Long: `Asks for the system status (RequestSystemStatus), and for the services and events
that the server implements (GetCSTAFeatures).`,
		Example: `  cstactl status
  cstactl status --server pbx.example.com --tls`,
		Args: between(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.ask(cmd.Context(), "status", a.status)
		},
	}
}

func (a *app) status(ctx context.Context, c *client.Client) error {
	status, err := c.RequestSystemStatus(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.out, "server    %s\nstatus    %s\n", a.address(), status)
	answer, err := c.Request(ctx, &ecma.GetCSTAFeatures{})
	var negative *ecma.Error
	if errors.As(err, &negative) {
		// Not every server tells; that is no failure.
		fmt.Fprintf(a.out, "services  not told: %v\n", negative)
		return nil
	}
	if err != nil {
		return fmt.Errorf("GetCSTAFeatures: %w", err)
	}
	features, ok := answer.(*ecma.GetCSTAFeaturesResponse)
	if !ok {
		return fmt.Errorf("GetCSTAFeatures: unexpected answer %s", answer.Element())
	}
	fmt.Fprintf(a.out, "services  %s\nevents    %s\n", featureNames(features.Services), featureNames(features.Events))
	return nil
}

func featureNames(features []ecma.Feature) string {
	names := make([]string, len(features))
	for i, f := range features {
		names[i] = f.Name
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}
