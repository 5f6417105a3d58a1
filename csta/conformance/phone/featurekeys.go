package phone

import (
	"context"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"sync"

	"github.com/beevik/etree"
	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
	"github.com/google/uuid"
)

// Feature keys: device feature key synchronisation by the event package
// as-feature-event, whose bodies are those of ECMA-323.
const (
	featureEvent   = "as-feature-event"
	featureContent = "application/x-as-feature-event+xml"
	featureSpace   = "http://www.ecma-international.org/standards/ecma-323/csta/ed3"
	// featureExpiry is how long a subscription lasts, in seconds.
	featureExpiry = 3600
)

// FeatureKey is what the user wants of a feature: doNotDisturb, or a forwarding
// named by its forwardingType.
type FeatureKey struct {
	Name   string
	On     bool
	Number string
	Rings  int
}

// featureKeys is the phone's subscription and what it shows.
type featureKeys struct {
	mu          sync.Mutex
	callID      string
	tag, remote string
	cseq        uint32

	seen sync.Mutex
	keys map[string]FeatureKey
	// news is the CSeq of what each key shows: requests may overtake each other
	// between here and the SIP stack's goroutines.
	news map[string]uint32
	told int
}

// SubscribeFeatures subscribes without a body, so that the switch tells what is
// set. Done again, it is a refresh.
func (p *Phone) SubscribeFeatures(ctx context.Context) error {
	return p.subscribeFeatures(ctx, featureExpiry, "")
}

// UnsubscribeFeatures ends the subscription.
func (p *Phone) UnsubscribeFeatures(ctx context.Context) error {
	return p.subscribeFeatures(ctx, 0, "")
}

// PressFeatureKey asks for a change within the subscription. The keys show it
// when the switch confirms it.
func (p *Phone) PressFeatureKey(ctx context.Context, k FeatureKey) error {
	on := strconv.FormatBool(k.On)
	if k.Name == "doNotDisturb" {
		return p.subscribeFeatures(ctx, featureExpiry, featureBody("SetDoNotDisturb", "doNotDisturbOn", on))
	}
	fields := []string{"forwardingType", k.Name, "activateForward", on, "forwardDN", k.Number}
	if k.Rings > 0 {
		fields = append(fields, "ringCount", strconv.Itoa(k.Rings))
	}
	return p.subscribeFeatures(ctx, featureExpiry, featureBody("SetForwarding", fields...))
}

// PressFeature sends a body as it stands.
func (p *Phone) PressFeature(ctx context.Context, body string) error {
	return p.subscribeFeatures(ctx, featureExpiry, body)
}

func featureBody(root string, fields ...string) string {
	body := `<?xml version="1.0" encoding="ISO-8859-1"?><` + root + ` xmlns="` + featureSpace + `"><device></device>`
	for i := 0; i+1 < len(fields); i += 2 {
		body += "<" + fields[i] + ">" + fields[i+1] + "</" + fields[i] + ">"
	}
	return body + "</" + root + ">"
}

// Features are what the keys show, and how often the switch said something.
func (p *Phone) Features() (map[string]FeatureKey, int) {
	f := &p.features
	f.seen.Lock()
	defer f.seen.Unlock()
	return maps.Clone(f.keys), f.told
}

func (p *Phone) subscribeFeatures(ctx context.Context, expires int, body string) error {
	f := &p.features
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.callID == "" {
		f.callID, f.tag = uuid.NewString(), sip.GenerateTagN(12)
	}
	f.cseq++
	record := sip.Uri{Scheme: "sip", User: p.cfg.User, Host: p.cfg.Domain}
	req := sip.NewRequest(sip.SUBSCRIBE, record)
	from := &sip.FromHeader{Address: record}
	from.Params.Add("tag", f.tag)
	to := &sip.ToHeader{Address: record}
	if f.remote != "" {
		to.Params.Add("tag", f.remote)
	}
	id := sip.CallIDHeader(f.callID)
	req.AppendHeader(from)
	req.AppendHeader(to)
	req.AppendHeader(&id)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: f.cseq, MethodName: sip.SUBSCRIBE})
	req.AppendHeader(p.Contact())
	req.AppendHeader(sip.NewHeader("Event", featureEvent))
	req.AppendHeader(sip.NewHeader("Accept", featureContent+", multipart/mixed"))
	req.AppendHeader(sip.NewHeader("Expires", strconv.Itoa(expires)))
	if body != "" {
		req.AppendHeader(sip.NewHeader("Content-Type", featureContent))
	}
	req.SetDestination(p.cfg.Proxy)
	req.SetBody([]byte(body))
	res, err := p.client.Do(ctx, req)
	if err == nil && res.StatusCode == sip.StatusUnauthorized {
		again := req.Clone()
		again.Laddr = req.Laddr
		again.SetDestination(p.cfg.Proxy)
		res, err = p.client.DoDigestAuth(ctx, again, res, sipgo.DigestAuth{Username: p.cfg.User, Password: p.cfg.Password})
		if err == nil {
			f.cseq = again.CSeq().SeqNo
		}
	}
	if err != nil {
		return fmt.Errorf("phone %s: SUBSCRIBE %s: %w", p.cfg.User, featureEvent, err)
	}
	p.journal.note("%s SUBSCRIBE %s answered %d", p.cfg.User, featureEvent, res.StatusCode)
	if !res.IsSuccess() {
		return fmt.Errorf("phone %s: SUBSCRIBE %s was answered %d %s", p.cfg.User, featureEvent, res.StatusCode, res.Reason)
	}
	f.remote, _ = res.To().Params.Get("tag")
	if expires == 0 {
		f.callID, f.remote, f.cseq = "", "", 0
	}
	return nil
}

// onFeatures takes the NOTIFY of the subscription: one document, or several.
func (p *Phone) onFeatures(req *sip.Request) {
	f := &p.features
	f.seen.Lock()
	defer f.seen.Unlock()
	f.told++
	if f.keys == nil {
		f.keys, f.news = map[string]FeatureKey{}, map[string]uint32{}
	}
	documents := []string{string(req.Body())}
	if h := req.GetHeader("Content-Type"); h != nil && strings.HasPrefix(h.Value(), "multipart/") {
		_, boundary, _ := strings.Cut(h.Value(), "boundary=")
		documents = strings.Split(string(req.Body()), "--"+strings.Trim(boundary, `"`))
	}
	for _, text := range documents {
		// The declared encoding does not matter to ASCII, and is not UTF-8.
		_, text, found := strings.Cut(text, "?>")
		doc := etree.NewDocument()
		if !found || doc.ReadFromString(text) != nil || doc.Root() == nil {
			continue
		}
		k := FeatureKey{Name: "doNotDisturb"}
		value := func(tag string) string {
			if e := doc.Root().SelectElement(tag); e != nil {
				return strings.TrimSpace(e.Text())
			}
			return ""
		}
		switch doc.Root().Tag {
		case "DoNotDisturbEvent":
			k.On = value("doNotDisturbOn") == "true"
		case "ForwardingEvent":
			k.Name, k.On, k.Number = value("forwardingType"), value("forwardStatus") == "true", value("forwardTo")
			k.Rings, _ = strconv.Atoi(value("ringCount"))
		}
		if seq := req.CSeq().SeqNo; seq > f.news[k.Name] {
			f.keys[k.Name], f.news[k.Name] = k, seq
			p.journal.note("%s shows %+v", p.cfg.User, k)
		}
	}
}
