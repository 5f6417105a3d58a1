package phone

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Hold puts the far end on hold by re-INVITE (a=sendonly).
func (c *Call) Hold(ctx context.Context) error { return c.change(ctx, true) }

// Retrieve ends Hold (a=sendrecv).
func (c *Call) Retrieve(ctx context.Context) error { return c.change(ctx, false) }

func (c *Call) direction() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held {
		return sendOnly
	}
	return sendRecv
}

func (c *Call) change(ctx context.Context, held bool) error {
	c.mu.Lock()
	if c.state != Connected {
		state := c.state
		c.mu.Unlock()
		return fmt.Errorf("call %s: cannot be held or retrieved: it is %s", c, state)
	}
	c.held = held
	c.mu.Unlock()
	for {
		status, err := c.reInvite(ctx)
		switch {
		case err == nil:
			return nil
		case status != sip.StatusRequestPending && status != sip.StatusInternalServerError:
			return err
		}
		// Another offer is under way, as the switch's own; it has to be waited for
		// (RFC 3261 14.1).
		select {
		case <-time.After(glarePause):
		case <-ctx.Done():
			return err
		}
	}
}

// glarePause is before a re-INVITE is tried again that met another one.
const glarePause = 300 * time.Millisecond

// reInvite offers what the call is now. status is that of a refusal.
func (c *Call) reInvite(ctx context.Context) (status int, err error) {
	req := c.build(sip.INVITE)
	req.AppendHeader(sip.NewHeader("Content-Type", contentSDP))
	req.SetBody(c.media.offer(c.direction()))
	c.phone.journal.note("%s sends re-INVITE %s", c, c.direction())
	tx, err := c.phone.client.TransactionRequest(ctx, req)
	if err != nil {
		return 0, fmt.Errorf("call %s: re-INVITE: %w", c, err)
	}
	for {
		select {
		case res := <-tx.Responses():
			if res.IsProvisional() {
				continue
			}
			if !res.IsSuccess() {
				return res.StatusCode, fmt.Errorf("call %s: re-INVITE was answered %d %s", c, res.StatusCode, res.Reason)
			}
			c.mu.Lock()
			ack := c.buildLocked(sip.ACK, req.CSeq().SeqNo)
			c.mu.Unlock()
			ack.SetBody(nil)
			return 0, c.phone.client.WriteRequest(ack, withNewBranch)
		case <-tx.Done():
			return 0, fmt.Errorf("call %s: re-INVITE: %w", c, tx.Err())
		case <-ctx.Done():
			return 0, fmt.Errorf("call %s: re-INVITE: %w", c, ctx.Err())
		}
	}
}

// digitDuration is how long a key is pressed, in milliseconds.
const digitDuration = 160

// Digit presses a key and sends it by SIP INFO (application/dtmf-relay).
func (c *Call) Digit(ctx context.Context, digit rune) error {
	body := fmt.Sprintf("Signal=%c\r\nDuration=%d\r\n", digit, digitDuration)
	res, err := c.request(ctx, sip.INFO, "application/dtmf-relay", []byte(body))
	if err != nil {
		return fmt.Errorf("call %s: INFO: %w", c, err)
	}
	if !res.IsSuccess() {
		return fmt.Errorf("call %s: INFO was answered %d %s", c, res.StatusCode, res.Reason)
	}
	return nil
}

// DigitByRTP presses a key and sends it as an RFC 4733 event.
func (c *Call) DigitByRTP(ctx context.Context, digit rune) error {
	if err := c.media.press(ctx, digit); err != nil {
		return fmt.Errorf("call %s: RFC 4733 digit: %w", c, err)
	}
	return nil
}

// Transfer sends REFER: the far end shall call number (blind transfer). It
// returns when the switch has accepted.
func (c *Call) Transfer(ctx context.Context, number string) error {
	return c.refer(ctx, fmt.Sprintf("<sip:%s@%s>", number, c.phone.cfg.Domain))
}

// TransferTo joins this call's far end with that of the other call of the same
// phone (attended transfer: REFER with Replaces).
func (c *Call) TransferTo(ctx context.Context, other *Call) error {
	other.mu.Lock()
	replaces := fmt.Sprintf("%s;to-tag=%s;from-tag=%s", other.id, other.remoteTag, other.localTag)
	user, host := other.remote.User, other.remote.Host
	other.mu.Unlock()
	return c.refer(ctx, fmt.Sprintf("<sip:%s@%s?Replaces=%s>", user, host, url.QueryEscape(replaces)))
}

func (c *Call) refer(ctx context.Context, target string) error {
	referredBy := fmt.Sprintf("<sip:%s@%s>", c.phone.cfg.User, c.phone.cfg.Domain)
	res, err := c.request(ctx, sip.REFER, "", nil,
		sip.NewHeader("Refer-To", target), sip.NewHeader("Referred-By", referredBy))
	if err != nil {
		return fmt.Errorf("call %s: REFER: %w", c, err)
	}
	if !res.IsSuccess() {
		return fmt.Errorf("call %s: REFER was answered %d %s", c, res.StatusCode, res.Reason)
	}
	return nil
}

// WaitTransferred waits for the final status of a transfer asked for by
// Transfer or TransferTo, as told by NOTIFY; also the end of the call ends it.
func (c *Call) WaitTransferred(ctx context.Context) (int, error) {
	err := c.wait(ctx, "the end of the transfer", func() (bool, error) {
		return c.transfer >= sip.StatusOK || c.state == Ended, nil
	})
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.transfer, err
}
