package client

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"mod_csta_socket/csta/ecma"
)

// Login is who we are, for a server that has applications.
type Login struct{ User, Password string }

// applicationID is what we call ourselves in an application session.
const applicationID = "csta/client"

// sessionTime is how long an application session is asked for; it is renewed at the half
// of what is granted.
const sessionTime = 24 * time.Hour

// LoginError is a login that was refused.
type LoginError struct{ Reason ecma.SessionReason }

func (e *LoginError) Error() string {
	return "login refused: " + cmp.Or(e.Reason.Defined, e.Reason.Own, "no reason given")
}

// LogIn opens an application session (ECMA-354) with a login. It lasts as long as the
// connection; a Session lasts longer.
func (c *Client) LogIn(ctx context.Context, l Login) error {
	_, err := c.start(ctx, applicationID, ecma.SessionLogin{User: l.User, Password: l.Password, CleanupDelay: ecma.IntOf(0)})
	return err
}

// start opens an application session and keeps it alive as long as the connection lives.
func (c *Client) start(ctx context.Context, application string, l ecma.SessionLogin) (session string, err error) {
	answer, err := c.Request(ctx, &ecma.StartApplicationSession{
		ApplicationID: application, ProtocolVersions: []string{string(c.edition)}, Duration: ecma.IntOf(int64(sessionTime / time.Second)), Login: l,
	})
	if err != nil {
		return "", err
	}
	switch answer := answer.(type) {
	case *ecma.StartApplicationSessionPosResponse:
		go c.renew(answer.SessionID, answer.Duration)
		return answer.SessionID, nil
	case *ecma.StartApplicationSessionNegResponse:
		return "", &LoginError{answer.Error}
	}
	return "", fmt.Errorf("login: unexpected answer %s", answer.Element())
}

// renew keeps an application session alive. One that cannot be is ended by the server.
func (c *Client) renew(session string, granted ecma.Int) {
	for granted.Value > 0 {
		timer := time.NewTimer(time.Duration(granted.Value) * time.Second / 2)
		select {
		case <-c.done:
			timer.Stop()
			return
		case <-timer.C:
		}
		ctx, cancel := context.WithTimeout(context.Background(), writeTimeout)
		answer, err := request[*ecma.ResetApplicationSessionTimerPosResponse](ctx, c, &ecma.ResetApplicationSessionTimer{
			SessionID: session, Duration: ecma.IntOf(int64(sessionTime / time.Second)),
		})
		cancel()
		if err != nil {
			return
		}
		granted = answer.Duration
	}
}
