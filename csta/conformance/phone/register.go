package phone

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
	"github.com/google/uuid"
)

// registration is the phone's one binding; its mutex keeps REGISTER requests
// in order.
type registration struct {
	mu     sync.Mutex
	callID string
	cseq   uint32
	tag    string
}

// usualExpiry is what Register asks for.
const usualExpiry = time.Hour

// Register registers the phone for an hour, or refreshes that.
func (p *Phone) Register(ctx context.Context) error { return p.RegisterFor(ctx, usualExpiry) }

// Unregister takes the registration back.
func (p *Phone) Unregister(ctx context.Context) error { return p.RegisterFor(ctx, 0) }

// Restart is what switching the phone off and on does to its registration: the
// next one has another Call-ID.
func (p *Phone) Restart() {
	p.register.mu.Lock()
	defer p.register.mu.Unlock()
	p.register.callID = ""
}

// RegisterFor registers for a time, in whole seconds; 0 unregisters. The phone
// does not refresh by itself, so that a test can let it expire.
func (p *Phone) RegisterFor(ctx context.Context, expiry time.Duration) error {
	r := &p.register
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.callID == "" {
		r.callID, r.tag = uuid.NewString(), sip.GenerateTagN(12)
	}
	res, err := p.sendRegister(ctx, expiry)
	if err != nil {
		return fmt.Errorf("phone %s: REGISTER: %w", p.cfg.User, err)
	}
	if !res.IsSuccess() {
		return fmt.Errorf("phone %s: REGISTER was answered %d %s", p.cfg.User, res.StatusCode, res.Reason)
	}
	return nil
}

func (p *Phone) sendRegister(ctx context.Context, expiry time.Duration) (*sip.Response, error) {
	r := &p.register
	r.cseq++
	req := sip.NewRequest(sip.REGISTER, sip.Uri{Scheme: "sip", Host: p.cfg.Domain})
	record := sip.Uri{Scheme: "sip", User: p.cfg.User, Host: p.cfg.Domain}
	from := &sip.FromHeader{Address: record}
	from.Params.Add("tag", r.tag)
	id := sip.CallIDHeader(r.callID)
	req.AppendHeader(from)
	req.AppendHeader(&sip.ToHeader{Address: record})
	req.AppendHeader(&id)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: r.cseq, MethodName: sip.REGISTER})
	req.AppendHeader(p.Contact())
	req.AppendHeader(sip.NewHeader("Expires", strconv.Itoa(int(expiry/time.Second))))
	if p.cfg.UserAgent != "" {
		req.AppendHeader(sip.NewHeader("User-Agent", p.cfg.UserAgent))
	}
	req.SetDestination(p.cfg.Proxy)
	req.SetBody(nil)
	res, err := p.client.Do(ctx, req)
	if err != nil {
		return nil, err
	}
	if res.StatusCode != sip.StatusUnauthorized || p.cfg.Password == "" {
		p.journal.note("%s REGISTER answered %d", p.cfg.User, res.StatusCode)
		return res, nil
	}
	again := req.Clone()
	again.Laddr = req.Laddr
	again.SetDestination(p.cfg.Proxy)
	res, err = p.client.DoDigestAuth(ctx, again, res, sipgo.DigestAuth{Username: cmp.Or(p.cfg.AuthUser, p.cfg.User), Password: p.cfg.Password})
	if err != nil {
		return nil, fmt.Errorf("with digest: %w", err)
	}
	r.cseq = again.CSeq().SeqNo
	p.journal.note("%s REGISTER answered %d with digest", p.cfg.User, res.StatusCode)
	return res, nil
}
