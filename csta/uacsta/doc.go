// Package uacsta drives telephones by uaCSTA (ECMA TR/87): it is the CSTA
// application of phones that let themselves be controlled over SIP. For every
// phone it keeps a session (a SIP dialogue whose INVITE carries CSTA instead of
// a session description), asks services of it by INFO and hears its events the
// same way. Some phones know no sessions and take single requests by NOTIFY.
//
// It knows phones, not calls: what a service means for a call, and whether a
// phone or the switch performs it, is decided by who asks. Nothing here knows a
// socket either; package useragent carries the SIP messages.
//
// A session is a state machine of plain functions: it takes one input at a time
// and returns what is to be done. Agent owns all sessions in one goroutine.
package uacsta
