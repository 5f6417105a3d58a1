package conformance

import "slices"

// VanillaScenarios are what is played on FreeSWITCH's own configuration: call
// control, as far as its dialplan makes no other story of it.
func VanillaScenarios() []Scenario {
	return slices.DeleteFunc(slices.Concat(CallControl(), Hearing(), OwnQueues(), Groups(), Mailboxes(), ConsultingByKeys(), vanillaFeatures(), endsByItself(), predictedThroughDialplan(), Tenants()), func(s Scenario) bool { return s.OwnDialplan != "" })
}

// Why FreeSWITCH's own dialplan makes other stories.
const (
	takesEveryNumber = "some of its extensions match every number and go on, so that none is unknown to it"
	hasNoSuchNumber  = "it has no such extension"
	callsTheMailbox  = "it calls the mailbox of who is not there, and what became of that is the cause"
)
