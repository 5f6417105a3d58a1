package engine

import (
	"time"

	"mod_csta_socket/csta/model"
)

// wait is a row of the table of waits: something that is not known yet, because it
// is true on a switch only after a moment, or because somebody was asked for it.
type wait uint8

const (
	forTurn wait = iota
	forAnswer
	forSecondAnswer
	forPhonesCalls
	forHangUp
	forJoin
	forPark
	forWay
	forQueue
	forTwoLeft
	forDialplan
	forPhonesHold
	forLinesEnd
	forOtherHalf
	forPartnersHangUp
	forHeld
	forRetrieved
	forPhonesRetrieval
	forHangUpBehindUnhold
	forReferred
	forTransfer
	forPickup
	forRinging
	forLateBirth
	forBirth
	forFirstLeg
	forTelling
	forProof
	forDoubt
	forRefusal
	forDialling
	forOwnQueue
	forStray
	forOtherContact
	forResync
	forList
	forSecondLook
	forSettling
	forTalk
	forRoom
	forSwitch
	forEcho
	forBurial
	forLetGo
	forMusic
	forOthers
	forReader
	forLamps
	waitKinds
)

// waits is the table of all that the core waits for. A constant in it is tuned by
// how often its evidence came and how often its time ran out (waited).
var waits = [waitKinds]struct {
	// name is the row's in the metrics.
	name string
	// why it is waited, what ends it, and what is done if nothing does.
	why, evidence, then string
	// atMost is how long it is waited; 0: as long as whoever waits says, by a setting
	// or by what has passed of it.
	atMost time.Duration
	// window: nothing is done when its time is over. It is how far two things may be
	// apart that belong together.
	window bool
}{
	forTurn: {name: "turn",
		why:      "the events of a service come before what waited for its answer",
		evidence: "none", then: "who waited goes on"},
	forAnswer: {name: "answer",
		why:      "a phone was asked to answer, or will be when it rings (answer-timeout)",
		evidence: "the leg is answered, or has gone", then: "AnswerCall is refused"},
	forSecondAnswer: {name: "second_answer",
		why:      "a phone that did nothing when it was asked one way to answer is asked another way, and hardly does it",
		evidence: "the leg is answered, or has gone", then: "AnswerCall is refused", atMost: time.Second},
	forPhonesCalls: {name: "phone_calls",
		why:      "a leg and what its phone tells of it may be apart",
		evidence: "the phone tells of the call", then: "it is asked for its calls", atMost: 3 * time.Second},
	forHangUp: {name: "hang_up",
		why:      "a leg that could not be hung up has most likely just done so, and the news is on its way",
		evidence: "the leg has gone", then: "a list of the switch's legs is taken", atMost: time.Second},
	forJoin: {name: "join",
		why:      "two legs are on their way to each other",
		evidence: "they are joined", then: "they count as joined", atMost: time.Second},
	forPark: {name: "park",
		why:      "the next step of a service needs a leg parked",
		evidence: "it is parked", then: "it counts as parked", atMost: time.Second},
	forWay: {name: "way",
		why:      "a leg that is sent to a number is parked: its dialplan does not know the number, or it is only on its way",
		evidence: "somebody is called, or answers", then: "nobody was consulted", atMost: time.Second},
	forQueue: {name: "queue",
		why:      "a leg was sent to a queue's number, whose dialplan may have another use for it by now",
		evidence: "the queue has it", then: "what it does next is news", atMost: time.Second},
	forTwoLeft: {name: "two_left",
		why:      "the last two of a conference are joined without it",
		evidence: "they are joined", then: "services on them go on", atMost: time.Second},
	forDialplan: {name: "dialplan",
		why:      "the partner of a leg that we brought off its dialplan has gone",
		evidence: "the leg goes on, or has gone", then: "it is hung up", atMost: time.Second},
	forPhonesHold: {name: "phone_holds",
		why:      "a phone that consults holds its first call",
		evidence: "the switch tells of the hold", then: "the first call counts as retrieved", atMost: 2 * time.Second},
	forLinesEnd: {name: "lines_end",
		why:      "the legs of a transferring device end with the transfer",
		evidence: "the leg has gone", then: "it is hung up", atMost: time.Second},
	forOtherHalf: {name: "other_half",
		why:      "a phone that alternates retrieves and holds, in its own order",
		evidence: "the other call is held", then: "the switch holds it", atMost: 500 * time.Millisecond},
	forPartnersHangUp: {name: "partners_hang_up",
		why:      "a leg went because its partner did, whose news is still on its way",
		evidence: "the partner has gone", then: "the hang-up is told as it came", atMost: 100 * time.Millisecond},
	forHeld: {name: "held",
		why:      "the picture changes with the switch's event, and the answer comes with it",
		evidence: "the switch tells of the hold", then: "the call counts as held", atMost: time.Second},
	forRetrieved: {name: "retrieved",
		why:      "the picture changes with the switch's event, and the answer comes with it",
		evidence: "the switch tells of the end of the hold", then: "the call counts as retrieved", atMost: time.Second},
	forPhonesRetrieval: {name: "phones_retrieval",
		why:      "a phone was asked to take up what it holds (answer-timeout)",
		evidence: "the switch tells of the end of the hold, or the phone refuses", then: "RetrieveCall is refused"},
	forHangUpBehindUnhold: {name: "unhold",
		why:      "hanging up a held leg also takes it off hold, a moment before (FreeSWITCH: switch_channel_perform_hangup); a busy machine may make that moment long",
		evidence: "the leg talks, or has gone", then: "the call counts as retrieved", atMost: 150 * time.Millisecond},
	forReferred: {name: "referred",
		why:      "a phone asked for a transfer (SIP REFER), and the next destination of its partner is that one",
		evidence: "the partner is sent on", then: "what it does next is news", atMost: 5 * time.Second},
	forTransfer: {name: "transfer",
		why:      "the remaining parties of an attended transfer are joined after the transferor's legs have gone",
		evidence: "they are joined", then: "the transferor's connection is cleared", atMost: 2 * time.Second},
	forPickup: {name: "pickup",
		why:      "who has a call that was picked up shows when the two are joined",
		evidence: "they are joined", then: "the connection that rang is cleared", atMost: 2 * time.Second},
	forRinging: {name: "ringing",
		why:      "who picks up a call is called, and answers",
		evidence: "the call is picked up, or rings no more", then: "the pick-up is refused"},
	forLateBirth: {name: "late_birth",
		why:      "a leg's hang-up was reported before its birth",
		evidence: "none", then: "the leg is forgotten", atMost: time.Second},
	forBirth: {name: "birth",
		why:      "the switch starts the thread of a leg before it announces the leg",
		evidence: "the leg is announced", then: "a list of the switch's legs is taken", atMost: 200 * time.Millisecond},
	forFirstLeg: {name: "first_leg",
		why:      "an originate is over before its leg was seen, whose events may still be on their way",
		evidence: "the leg is seen", then: "the call has failed", atMost: time.Second},
	forTelling: {name: "telling",
		why:      "a phone is to do something with a call that the switch knows already",
		evidence: "the phone tells of the call", then: "the switch does it", atMost: time.Second},
	forProof: {name: "proof",
		why:      "a phone said yes to a service",
		evidence: "the switch tells that it is done", then: "the switch does it", atMost: 5 * time.Second},
	forDoubt: {name: "doubt",
		why:      "a phone that has not answered may still have done what it was asked for",
		evidence: "the switch tells that it is done", then: "the switch does it", atMost: 500 * time.Millisecond},
	forRefusal: {name: "refusal",
		why:      "a phone that refused a service on two calls may just have ended one of them",
		evidence: "one of the calls has ended", then: "the switch does it", atMost: 100 * time.Millisecond},
	forDialling: {name: "dialling",
		why:      "a phone said that it dials",
		evidence: "the switch tells of its call", then: "the call has failed", atMost: 3 * time.Second},
	forOwnQueue: {name: "own_queue",
		why:      "an application that is a queue has ended, and the dialplan goes on with the leg or it is joined with an agent",
		evidence: "the leg is joined or sent on", then: "it has left the queue", atMost: 200 * time.Millisecond},
	forStray: {name: "stray",
		why:      "two who were joined may have left somebody behind in their call",
		evidence: "everybody is joined with somebody, or has gone", then: "who was left has a call of his own", atMost: 500 * time.Millisecond},
	forOtherContact: {name: "other_contact",
		why:      "a device that unregistered is still registered: with another contact, or the switch is not done",
		evidence: "it registers", then: "the switch is asked once more", atMost: 2 * time.Second},
	forResync: {name: "resync",
		why:      "lists of the switch's legs cost it something",
		evidence: "none", then: "the list is taken", atMost: 500 * time.Millisecond},
	forList: {name: "list",
		why:      "the switch gave no list of its legs",
		evidence: "none", then: "it is asked again", atMost: 5 * time.Second},
	forSecondLook: {name: "second_look",
		why:      "what an audit finds wrong may only be late",
		evidence: "none", then: "the audit looks again", atMost: time.Second},
	forSettling: {name: "settling",
		why:      "a leg was answered or joined so recently that it had better not be moved yet",
		evidence: "it has gone", then: "the request goes on"},
	forTalk: {name: "talk",
		why:      "who answered is on his way to whom he was called for; that one's leg is answered, and taken up by the bridge, a moment later, on a busy machine a long one",
		evidence: "the two are joined", then: "the request goes on", atMost: time.Second},
	forRoom: {name: "room",
		why:      "a leg is on its way to a conference room, and had better not be moved yet",
		evidence: "it is in the room", then: "the request goes on", atMost: time.Second},
	forSwitch: {name: "switch",
		why:      "the switch is still at work on a hold, on a consultation, or on joining two legs",
		evidence: "it is done", then: "the request waits on", atMost: 5 * time.Second},
	forEcho: {name: "echo", window: true,
		why:      "a telephone tells of a feature that it was asked for, which is then nobody's wish",
		evidence: "it tells", then: "what it tells is its user's wish", atMost: 3 * time.Second},
	forBurial: {name: "burial", window: true,
		why:      "a leg that hung up is destroyed only after its thread's last words (hang-up hooks, call detail records)",
		evidence: "it is destroyed", then: "an audit misses it", atMost: 30 * time.Second},
	forLetGo: {name: "let_go", window: true,
		why:      "a leg was told to stay when its partner goes until a moment ago, and the switch may still heed it",
		evidence: "it parks", then: "it ends as it would have", atMost: time.Second},
	forMusic: {name: "music", window: true,
		why:      "the switch ends the music of whom a partner held, and may forget that one over it",
		evidence: "the leg goes on", then: "it counts as able to go on", atMost: time.Second},
	forOthers: {name: "others",
		why:      "long work is done in parts, between which others are looked after: a list that follows its response in segments, the end of many monitors",
		evidence: "none", then: "the next part is done", atMost: time.Millisecond},
	forReader: {name: "reader",
		why:      "a client reads a long list more slowly than it comes",
		evidence: "its output has room", then: "the next segments are sent, if there is", atMost: 50 * time.Millisecond},
	forLamps: {name: "lamps",
		why:      "of two things that phones are told soon after each other, the later one may be the first to come",
		evidence: "they are told only once", then: "they are told all that is set", atMost: 500 * time.Millisecond},
}

// waited counts how the waits of a kind ended.
type waited struct{ came, ranOut uint64 }

// Waited is how the waits of a kind ended: with evidence, or with the time.
type Waited struct {
	Name         string
	Came, RanOut uint64
}

// repeatable is what waits for something to be over, and begins anew then.
type repeatable interface{ again() }

// anew is a request that is served once more.
type anew struct {
	c *core
	r *Request
}

func (s anew) again() {
	services[s.r.Message.Element()].serve(s.c, s.r)
}

// settled is when a connection may be moved.
type settled struct {
	repeatable
	c    *core
	conn *model.Connection
}

func (s settled) ready() bool {
	_, left := s.c.settles(s.conn)
	return left <= 0
}

// holdDone is when the switch is done with a hold, or the end of one.
type holdDone struct {
	repeatable
	l *leg
}

func (h holdDone) ready() bool { return !h.l.hold.working }

// serviceDone is when no service is under way on a consultation's two calls any more.
type serviceDone struct {
	repeatable
	con *consultation
}

func (d serviceDone) ready() bool { return !d.con.stands() || d.con.task == nil }

// arrived is when a leg has come to the queue of a connection, or left for elsewhere.
type arrived struct {
	repeatable
	l    *leg
	conn *model.Connection
}

func (a arrived) ready() bool { return a.l.queue.conn != a.conn || !a.l.queue.arriving }
