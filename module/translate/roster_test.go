package translate

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestRosterFindsReplacedRegistrations(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	of := Account{"internal", "1001", "pbx.example"}
	reg := func(user, id, contact string) Registration {
		return Registration{Profile: "internal", User: user, Domain: "pbx.example", CallID: id, Contact: `"" <sip:` + contact + ">"}
	}
	gone := func(r Registration) Registration {
		r.Gone = true
		return r
	}
	const one, two, three = "1001@192.0.2.7:40000", "1001@192.0.2.7:40001;fs_nat=yes;fs_path=sip%3Ax%2Cy", "1001@192.0.2.7:40002"
	dial := "sofia/internal/sip:"
	old, anew := reg("1001", "a", one), reg("1001", "b", two)

	var r Roster
	assert.Empty(t, r.Note(old, now))
	r.Note(reg("1002", "c", "1002@192.0.2.7"), now)
	r.Note(old, now.Add(time.Minute))
	assert.Empty(t, r.Due(now.Add(time.Hour)), "nobody has two")
	now = now.Add(2 * time.Minute)
	r.Note(anew, now)
	assert.Empty(t, r.Due(now.Add(settled-1)))
	now = now.Add(settled)
	assert.Equal(t, []Account{of}, r.Due(now))
	assert.Empty(t, r.Due(now.Add(time.Hour)), "once")

	assert.Equal(t, []Registration{gone(old)}, r.Replaced(of, dial+two, now))
	assert.Equal(t, []Registration{gone(anew)}, r.Replaced(of, dial+one, now))
	assert.Empty(t, r.Replaced(of, dial+one+","+dial+two, now), "the profile has multiple-registrations")
	assert.Empty(t, r.Replaced(of, "", now), "it has left")
	assert.Empty(t, r.Replaced(of, dial+three, now), "nothing that is known")
	r.Note(reg("1001", "d", three), now.Add(-1))
	assert.Equal(t, []Registration{gone(old)}, r.Replaced(of, dial+two, now), "what has just come may not be there yet")

	// Ends are told by Call-ID or contact, and a contact is registered once.
	assert.Empty(t, r.Note(gone(anew), now))
	assert.Equal(t, []string{"a"}, r.Note(gone(reg("1001", "x", one)), now))
	assert.Equal(t, []string{"d"}, r.Note(reg("1001", "e", three), now))
	assert.Empty(t, r.Note(gone(reg("1001", "e", three)), now))
	assert.Len(t, r.users, 1)
}
