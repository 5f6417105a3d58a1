package sim

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"mod_csta_socket/csta/switching"
)

// Reaction is what a phone does by itself when it is called.
type Reaction uint8

const (
	// Ring: it rings until somebody does something by hand.
	Ring Reaction = iota
	// Answer: it rings and answers after Behaviour.After.
	Answer
	// Busy: it refuses at once (SIP 486).
	Busy
	// Reject: it rings and refuses with Behaviour.Cause after Behaviour.After.
	Reject
	// Redirect: it rings and sends the call on to Behaviour.To after
	// Behaviour.After (SIP 302).
	Redirect
)

// Talk is what a phone does when the switch asks it to answer (SIP NOTIFY
// "talk").
type Talk uint8

const (
	// TalkAnswers: it answers.
	TalkAnswers Talk = iota
	// TalkRefused: it can't, and the switch knows.
	TalkRefused
	// TalkIgnored: it can't, and the switch does not know.
	TalkIgnored
)

// Behaviour is the script of a phone, or of a party in the network. The zero
// value rings for ever, supports auto-answer and talk, and takes any number of
// calls at once.
type Behaviour struct {
	Reaction Reaction
	// After is the time from the call to the reaction.
	After time.Duration
	// Cause of Reject; empty means CALL_REJECTED.
	Cause switching.Cause
	// To is the number of Redirect.
	To string
	// Away: it is not registered.
	Away bool
	// NoRing: it answers without having rung (SIP 200 with no 180).
	NoRing bool
	// EarlyMedia: it sends media before it answers (SIP 183) instead of ringing.
	EarlyMedia bool
	// HangUpAfter is the time from an answered call to its end; 0 = never.
	HangUpAfter time.Duration
	// NoAutoAnswer: it does not heed the wish to answer by itself.
	NoAutoAnswer bool
	Talk         Talk
	// Lines is how many calls it takes before it is busy; 0 = any number.
	Lines int
}

// maxLines bounds the lines of a phone; it only keeps nonsense out of scripts.
const maxLines = 1000

// maxDelay bounds the times in a script, for the same reason.
const maxDelay = 24 * time.Hour

// ParseBehaviour reads a script: items separated by commas, each a word with
// its values after colons:
//
//	silent                rings for ever (the default)
//	answer[:2s]           rings, then answers
//	busy                  refuses at once
//	reject[:CAUSE][:2s]   rings, then refuses
//	redirect:1002[:2s]    rings, then sends the call on to that number
//	away                  is not registered
//	early                 sends early media instead of ringing
//	noring                answers without having rung
//	hangup:10s            hangs up that long after the answer
//	noautoanswer          does not answer by itself
//	notalk                can't be asked to answer
//	deaftalk              can be asked to answer, but does not do it
//	lines:1               is busy while it has that many calls
func ParseBehaviour(text string) (Behaviour, error) {
	var b Behaviour
	for item := range strings.SplitSeq(text, ",") {
		words := strings.Split(strings.TrimSpace(item), ":")
		if err := b.apply(words[0], words[1:]); err != nil {
			return Behaviour{}, fmt.Errorf("behaviour %q: %w", item, err)
		}
	}
	return b, nil
}

func (b *Behaviour) apply(word string, values []string) (err error) {
	most := 0
	switch word {
	case "answer", "hangup", "lines":
		most = 1
	case "reject", "redirect":
		most = 2
	}
	if len(values) > most {
		return fmt.Errorf("at most %d values expected", most)
	}
	switch word {
	case "silent":
		b.Reaction = Ring
	case "answer":
		b.Reaction = Answer
		if len(values) == 1 {
			b.After, err = parseDelay(values[0])
		}
	case "busy":
		b.Reaction = Busy
	case "reject":
		b.Reaction = Reject
		for _, v := range values {
			if validCause(v) {
				b.Cause = switching.Cause(v)
			} else if b.After, err = parseDelay(v); err != nil {
				return err
			}
		}
	case "redirect":
		if len(values) == 0 || !switching.ValidNumber(values[0]) {
			return fmt.Errorf("a number expected, like redirect:1002")
		}
		b.Reaction, b.To = Redirect, values[0]
		if len(values) == 2 {
			b.After, err = parseDelay(values[1])
		}
	case "away":
		b.Away = true
	case "early":
		b.EarlyMedia = true
	case "noring":
		b.NoRing = true
	case "hangup":
		if len(values) == 0 {
			return fmt.Errorf("a time expected, like hangup:10s")
		}
		b.HangUpAfter, err = parseDelay(values[0])
	case "noautoanswer":
		b.NoAutoAnswer = true
	case "notalk":
		b.Talk = TalkRefused
	case "deaftalk":
		b.Talk = TalkIgnored
	case "lines":
		if len(values) == 0 {
			return fmt.Errorf("a number expected, like lines:1")
		}
		b.Lines, err = strconv.Atoi(values[0])
		if err == nil && (b.Lines < 0 || b.Lines > maxLines) {
			err = fmt.Errorf("0 to %d lines expected", maxLines)
		}
	default:
		return fmt.Errorf("unknown word; known are silent, answer, busy, reject, redirect, away, early, noring, hangup, noautoanswer, notalk, deaftalk, lines")
	}
	return err
}

func parseDelay(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if err != nil {
		return 0, err
	}
	if d < 0 || d > maxDelay {
		return 0, fmt.Errorf("a time from 0 to %s expected", maxDelay)
	}
	return d, nil
}

// validCause tells whether s looks like the name of a cause, not like a time.
func validCause(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] != '_' && (s[i] < 'A' || s[i] > 'Z') {
			return false
		}
	}
	return s != ""
}

// String is the script as ParseBehaviour reads it.
func (b Behaviour) String() string {
	var items []string
	switch b.Reaction {
	case Ring:
		items = append(items, "silent")
	case Answer:
		items = append(items, "answer:"+b.After.String())
	case Busy:
		items = append(items, "busy")
	case Reject:
		item := "reject"
		if b.Cause != "" {
			item += ":" + string(b.Cause)
		}
		items = append(items, item+":"+b.After.String())
	case Redirect:
		items = append(items, "redirect:"+b.To+":"+b.After.String())
	}
	for _, o := range []struct {
		on   bool
		text string
	}{
		{b.Away, "away"},
		{b.EarlyMedia, "early"},
		{b.NoRing, "noring"},
		{b.HangUpAfter > 0, "hangup:" + b.HangUpAfter.String()},
		{b.NoAutoAnswer, "noautoanswer"},
		{b.Talk == TalkRefused, "notalk"},
		{b.Talk == TalkIgnored, "deaftalk"},
		{b.Lines > 0, "lines:" + strconv.Itoa(b.Lines)},
	} {
		if o.on {
			items = append(items, o.text)
		}
	}
	return strings.Join(items, ",")
}
