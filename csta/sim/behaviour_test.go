package sim

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/switching"
)

func TestParseBehaviour(t *testing.T) {
	for text, want := range map[string]Behaviour{
		"silent":                                {},
		"busy":                                  {Reaction: Busy},
		"away":                                  {Away: true},
		"answer":                                {Reaction: Answer},
		"answer:2s":                             {Reaction: Answer, After: 2 * time.Second},
		"answer:1m30s, hangup:10s":              {Reaction: Answer, After: 90 * time.Second, HangUpAfter: 10 * time.Second},
		"reject":                                {Reaction: Reject},
		"redirect:1002":                         {Reaction: Redirect, To: "1002"},
		"redirect:1002:1s":                      {Reaction: Redirect, To: "1002", After: time.Second},
		"reject:1s":                             {Reaction: Reject, After: time.Second},
		"reject:USER_BUSY":                      {Reaction: Reject, Cause: switching.CauseUserBusy},
		"reject:UNALLOCATED_NUMBER:500ms":       {Reaction: Reject, Cause: switching.CauseUnallocatedNumber, After: 500 * time.Millisecond},
		"early,answer:3s":                       {Reaction: Answer, After: 3 * time.Second, EarlyMedia: true},
		"noring,noautoanswer,notalk,lines:2":    {NoRing: true, NoAutoAnswer: true, Talk: TalkRefused, Lines: 2},
		"deaftalk":                              {Talk: TalkIgnored},
		"reject:CALL_REJECTED:0s,away,deaftalk": {Reaction: Reject, Cause: switching.CauseCallRejected, Away: true, Talk: TalkIgnored},
	} {
		got, err := ParseBehaviour(text)
		require.NoError(t, err, text)
		assert.Equal(t, want, got, text)
		again, err := ParseBehaviour(got.String())
		require.NoError(t, err, got.String())
		assert.Equal(t, want, again, got.String())
	}
}

func TestParseBehaviourRefuses(t *testing.T) {
	for _, text := range []string{
		"", "nonsense", "answer:x", "answer:-1s", "answer:99999h", "answer:1s:2s", "hangup", "lines", "lines:-1",
		"lines:x", "redirect", "redirect:1;2", "redirect:1002:soon", "busy:1s", "reject:busy", "silent,", "answer:",
	} {
		_, err := ParseBehaviour(text)
		assert.Error(t, err, text)
	}
}

func FuzzParseBehaviour(f *testing.F) {
	f.Add("answer:2s,hangup:10s")
	f.Add("reject:USER_BUSY:1s,lines:3")
	f.Fuzz(func(t *testing.T, text string) {
		b, err := ParseBehaviour(text)
		if err != nil {
			return
		}
		again, err := ParseBehaviour(b.String())
		require.NoError(t, err, b.String())
		if b.Reaction != Reject && b.Reaction != Answer {
			b.After = 0
		}
		if b.Reaction != Reject {
			b.Cause = ""
		}
		if again.Reaction != Reject && again.Reaction != Answer {
			again.After = 0
		}
		require.Equal(t, b, again)
	})
}
