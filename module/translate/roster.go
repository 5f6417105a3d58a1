package translate

import (
	"strings"
	"time"
)

// Roster knows the registrations of each subscriber, to find those that the switch
// has replaced without a word: unless a profile has multiple-registrations,
// mod_sofia deletes what a subscriber had before it adds a new registration
// (sofia_reg_handle_register), and fires no event for it.
type Roster struct {
	users map[Account]map[string]entry
	// doubts are the accounts with several registrations, and when to look.
	doubts map[Account]time.Time
}

// Account is a subscriber's with a profile.
type Account struct{ Profile, User, Domain string }

type entry struct {
	Registration
	noted time.Time
}

// settled is how long the switch is given to write a registration down.
const settled = 3 * time.Second

// maxContacts bounds the registrations of one account that are known.
const maxContacts = 64

// Note takes a registration, its refresh, or its end. It returns the Call-IDs of
// those that it replaces by having the same contact.
func (r *Roster) Note(reg Registration, now time.Time) (replaced []string) {
	if r.users == nil {
		r.users, r.doubts = map[Account]map[string]entry{}, map[Account]time.Time{}
	}
	of := Account{reg.Profile, reg.User, reg.Domain}
	all := r.users[of]
	_, known := all[reg.CallID]
	for id, e := range all {
		if id != reg.CallID && reg.Contact != "" && e.Contact == reg.Contact {
			delete(all, id)
			replaced = append(replaced, id)
		}
	}
	switch {
	case reg.Gone:
		delete(all, reg.CallID)
		if len(all) == 0 {
			delete(r.users, of)
		}
		return replaced
	case all == nil:
		makeRoom(r.users, maxSubscribers)
		all = map[string]entry{}
		r.users[of] = all
	}
	if !known {
		makeRoom(all, maxContacts)
	}
	all[reg.CallID] = entry{reg, now}
	if !known && len(all) > 1 {
		r.doubts[of] = now.Add(settled)
	}
	return replaced
}

// Due are the accounts whose contacts have to be asked for.
func (r *Roster) Due(now time.Time) []Account {
	var due []Account
	for of, at := range r.doubts {
		if !now.Before(at) {
			due = append(due, of)
			delete(r.doubts, of)
		}
	}
	return due
}

// Replaced compares with where the switch would call the account: dial strings
// joined by commas (sofia_contact). It returns, as ended, what is not there any
// more.
func (r *Roster) Replaced(of Account, contacts string, now time.Time) []Registration {
	at := map[string]bool{}
	for dial := range strings.SplitSeq(contacts, ",") {
		at[strings.TrimPrefix(dial, "sofia/"+of.Profile+"/sip:")] = true
	}
	var replaced []Registration
	stays := false
	for _, e := range r.users[of] {
		switch {
		case at[afterScheme(e.Contact)]:
			stays = true
		case now.Sub(e.noted) >= settled:
			e.Gone = true
			replaced = append(replaced, e.Registration)
		}
	}
	if !stays {
		// The account has left altogether, which events tell, or the contacts are
		// not written as was thought.
		return nil
	}
	return replaced
}

// afterScheme is the URI of a contact without its scheme.
func afterScheme(contact string) string {
	if _, rest, found := strings.Cut(contact, "<"); found {
		contact, _, _ = strings.Cut(rest, ">")
	}
	_, rest, _ := strings.Cut(contact, ":")
	return rest
}
