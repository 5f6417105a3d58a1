package translate

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// Whatever strangers register or subscribe to, where a profile lets them, what is
// remembered of it is bounded, and the newest is known.
func TestSubscribersAreBounded(t *testing.T) {
	tr := New(Domains{"example.com"}, "")
	now := time.Now()
	var roster Roster
	for n := range maxSubscribers + 100 {
		user := fmt.Sprint("u", n)
		tr.Registered("internal", user, "example.com")
		tr.subscribed.note(user, Subscription{"internal", user, "example.com", "c"}, time.Hour, now)
		roster.Note(Registration{Profile: "internal", User: user, Domain: "example.com", CallID: "c"}, now)
	}
	last := fmt.Sprint("u", maxSubscribers+99)
	assert.Len(t, tr.known["internal"], maxSubscribers)
	assert.Equal(t, []string{"internal"}, tr.Profiles(last))
	assert.Len(t, tr.subscribed, maxSubscribers)
	assert.Len(t, tr.Subscriptions(last), 1)
	assert.Len(t, roster.users, maxSubscribers)
	assert.Contains(t, roster.users, Account{"internal", last, "example.com"})
	// Those that are known already push nobody out.
	tr.Registered("internal", last, "example.com")
	assert.Len(t, tr.known["internal"], maxSubscribers)
}

func TestRegistrationsOfOneAccountAreBounded(t *testing.T) {
	var roster Roster
	of := Account{"internal", "1000", "example.com"}
	for n := range maxContacts + 10 {
		roster.Note(Registration{Profile: of.Profile, User: of.User, Domain: of.Domain, CallID: fmt.Sprint(n), Contact: fmt.Sprintf("sip:1000@192.0.2.1:%d", 1024+n)}, time.Now())
	}
	assert.Len(t, roster.users[of], maxContacts)
	assert.Contains(t, roster.users[of], fmt.Sprint(maxContacts+9))
	assert.Len(t, roster.doubts, 1)
}
