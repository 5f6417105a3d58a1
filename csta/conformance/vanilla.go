package conformance

import "slices"

// VanillaScenarios are what is played on FreeSWITCH's own configuration.
func VanillaScenarios() []Scenario {
	return slices.Concat(holding(), consulting(), clearing(), transferring(), stepTransfers(), phoneTransfers(), deflecting(), Hearing())
}
