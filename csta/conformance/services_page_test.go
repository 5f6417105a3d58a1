package conformance

import (
	"flag"
	"fmt"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/beevik/etree"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/conformance/probe"
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/server"
)

var update = flag.Bool("update", false, "play the scenarios for docs/services.md and write it")

const servicesPage = "../../docs/services.md"

// The page has an example of every service and event that is served: what the first
// scenario that plays it has a client send and get. Here those scenarios are played anew.
// A service that is new needs one, and -update then.
func TestServicesPage(t *testing.T) {
	before, err := os.ReadFile(servicesPage)
	if !*update {
		require.NoError(t, err)
	}
	var wanted []Scenario
	for _, s := range playedForThePage() {
		if *update || strings.Contains(string(before), playedBy(s.Name)) {
			wanted = append(wanted, s)
		}
	}
	played := make([]map[string]example, len(wanted))
	t.Run("scenarios", func(t *testing.T) {
		for i, s := range wanted {
			t.Run(s.Name, func(t *testing.T) {
				t.Parallel()
				played[i] = playForThePage(t, s)
			})
		}
	})
	examples := map[string]example{}
	for _, some := range played {
		for name, e := range some {
			if _, older := examples[name]; !older {
				examples[name] = e
			}
		}
	}
	for _, e := range servicesAndEvents() {
		if _, played := examples[e.Name]; !played && server.Has(e.Name) {
			text, err := os.ReadFile("../ecma/testdata/examples/ed6/" + e.Name + ".xml")
			if m := rare[e.Name]; m != nil {
				text, err = ecma.Append(nil, ecma.Edition4, m), nil
			}
			if assert.NoError(t, err, "nothing plays %s: add a scenario, then run this test with -update", e.Name) {
				examples[e.Name] = example{"", printed(t, string(text))}
			}
		}
	}
	page := writeServicesPage(t, examples)
	if *update {
		require.NoError(t, os.WriteFile(servicesPage, []byte(page), 0o644))
		return
	}
	require.Equal(t, string(before), page, "go test ./csta/conformance -run TestServicesPage -update writes it anew")
}

// servicesAndEvents are those of which there are types, by chapter.
func servicesAndEvents() []ecma.Entry {
	services := ecma.Services()
	var chapters []ecma.Group
	for _, e := range services {
		if !slices.Contains(chapters, e.Group) {
			chapters = append(chapters, e.Group)
		}
	}
	all := append(services, ecma.Events()...)
	for _, e := range all {
		if !slices.Contains(chapters, e.Group) {
			chapters = append(chapters, e.Group)
		}
	}
	slices.SortStableFunc(all, func(a, b ecma.Entry) int {
		return slices.Index(chapters, a.Group) - slices.Index(chapters, b.Group)
	})
	return all
}

// playedForThePage are the scenarios that show how things go, and those that ask for what no
// other asks for.
func playedForThePage() []Scenario {
	stories := slices.Concat(BasicCalls(), CallControl(), Queues(), Messages(), Trunks(), PredictiveCalls(), Maintenance(), Features(), Groups(), Capabilities())
	return append(slices.DeleteFunc(stories, func(s Scenario) bool { return s.RealOnly != "" || s.Slow }), askedForThePage()...)
}

func askedForThePage() []Scenario {
	return []Scenario{
		{Name: "lists of devices", Play: func(p *Play) {
			_, err := p.Client(app).Do(p.within(), "GetSwitchingFunctionDevices", "<requestedDeviceID>1000</requestedDeviceID>")
			p.must(err)
			<-p.Client(app).Requests()
		}},
		{Name: "filters", Play: func(p *Play) {
			r, err := p.Client(app).Do(p.within(), "SystemRegister", "<requestTypes><systemStatus>true</systemStatus></requestTypes>")
			p.must(err)
			id := probe.Element("sysStatRegisterID", r.Value("sysStatRegisterID"))
			_, err = p.Client(app).Do(p.within(), "ChangeSysStatFilter", id+"<requestedStatusFilter/>")
			p.must(err)
			_, err = p.Client(app).Do(p.within(), "SystemRegisterCancel", id)
			p.must(err)
			w := p.Monitor("A")
			_, err = p.Client(app).Do(p.within(), "ChangeMonitorFilter", probe.Element("monitorCrossRefID", w.CrossRef)+"<requestedFilterList><maintenance><outOfService>true</outOfService></maintenance></requestedFilterList>")
			p.must(err)
			_, err = p.Client(app).Do(p.within(), "GetMonitors", "")
			p.must(err)
		}},
	}
}

// rare is what no scenario can wait for: once a minute at most, or of very many calls.
var rare = map[string]ecma.Message{
	"MonitorInfo": &ecma.MonitorInfo{ServiceCrossRefID: "1", SegmentID: ecma.IntOf(1), LastSegment: true, Monitors: []ecma.MonitorListEntry{
		{MonitorCrossRefID: "1", Object: ecma.Subscriber("1000")},
	}},
	"SwFunctionDevicesChanged": &ecma.SwFunctionDevicesChanged{SysStatRegisterID: "1"},
	"SnapshotDeviceData": &ecma.SnapshotDeviceData{ServiceCrossRefID: "1", SegmentID: ecma.IntOf(1), LastSegment: true, Calls: []ecma.SnapshotDeviceInfo{{
		Connection: ecma.ConnectionID{CallID: "9b2f7c1e-0000-4000-8000-000000000001", Device: ecma.Queue("9500")},
		States:     []ecma.LocalConnectionState{ecma.StateConnected, ecma.StateConnected},
	}}},
}

// example is what a client sent and got, in the order of both; without a scenario it is one
// of package ecma's tests.
type example struct {
	scenario string
	messages []string
}

// playForThePage plays a scenario on a simulated switch and takes an example of each
// message from it: of a request the first with a positive answer, of what the server sends
// by itself the shortest, as the order in which several monitors are told may differ.
func playForThePage(t *testing.T, s Scenario) map[string]example {
	t.Helper()
	examples := map[string]example{}
	b, err := NewSimulated(RingTimeOf(s))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, b.Close()) })
	p := newPlay(t, b, s.Cast)
	p.start(RingTimeOf(s))
	s.Play(p)
	p.finish()
	told := map[string][]string{}
	for _, name := range p.order {
		sent := map[string]string{}
		for _, e := range p.clients[name].Log() {
			switch {
			case e.Sent != "":
				sent[e.Invoke] = e.Sent
			case e.Response != nil:
				service, positive := strings.CutSuffix(e.Response.Name(), "Response")
				if _, older := examples[service]; positive && !older {
					examples[service] = example{s.Name, printed(t, sent[e.Invoke], e.Response.Text)}
				}
			case e.Event != nil:
				told[e.Event.Message.Name()] = append(told[e.Event.Message.Name()], e.Event.Text)
			case e.Request != nil:
				told[e.Request.Name()] = append(told[e.Request.Name()], e.Request.Text)
			}
		}
	}
	for name, texts := range told {
		if _, asked := examples[name]; asked {
			continue
		}
		var all []string
		for _, text := range texts {
			all = append(all, printed(t, text)[0])
		}
		shortest := slices.MinFunc(all, func(a, b string) int {
			if len(a) != len(b) {
				return len(a) - len(b)
			}
			return strings.Compare(a, b)
		})
		examples[name] = example{s.Name, []string{shortest}}
	}
	return examples
}

var uuids = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

// manyChildren bounds what is printed of an element; of one with more, fewChildren are.
const manyChildren, fewChildren = 8, 3

// shorten leaves out what is more of the same.
func shorten(e *etree.Element) {
	children := e.ChildElements()
	if len(children) > manyChildren {
		for _, c := range children[fewChildren:] {
			e.RemoveChild(c)
		}
		e.CreateComment(" … ")
	}
	for _, c := range e.ChildElements() {
		shorten(c)
	}
}

// printed are documents as readers like them, with the same identifiers each time.
func printed(t *testing.T, texts ...string) []string {
	t.Helper()
	known := map[string]string{}
	steady := func(id string) string {
		if known[id] == "" {
			known[id] = fmt.Sprintf("9b2f7c1e-0000-4000-8000-%012d", len(known)+1)
		}
		return known[id]
	}
	var out []string
	for _, text := range texts {
		d := etree.NewDocument()
		require.NoError(t, d.ReadFromString(uuids.ReplaceAllStringFunc(text, steady)))
		for _, token := range slices.Clone(d.Child) {
			if _, declaration := token.(*etree.ProcInst); declaration {
				d.RemoveChild(token)
			}
		}
		shorten(d.Root())
		d.Indent(2)
		text, err := d.WriteToString()
		require.NoError(t, err)
		out = append(out, strings.TrimSpace(text))
	}
	return out
}

func playedBy(scenario string) string { return fmt.Sprintf("(scenario %q)", scenario) }

func writeServicesPage(t *testing.T, examples map[string]example) string {
	t.Helper()
	sentences := whatMessagesSay(t)
	var b strings.Builder
	b.WriteString(`# Services and events

What applications can ask for and are told, each with an example from the scenarios that
the tests play (csta/conformance). This page is written by one of them. How an application
goes about it is in [applications.md](applications.md).

An application asks for this list with GetCSTAFeatures. Clients are answered in
the XML namespace they use, of any edition from 1 to 6, or none.

`)
	b.WriteString(ecma.Markdown(server.Has))
	b.WriteString("\nIn the examples 1000, 1001 and 1002 are subscribers, 029500 is a queue, 0120 a network\ninterface. A response that is very long is shortened.\n")
	var group ecma.Group
	for _, e := range servicesAndEvents() {
		x, played := examples[e.Name]
		if !server.Has(e.Name) || !played {
			continue
		}
		if e.Group != group {
			group = e.Group
			fmt.Fprintf(&b, "\n## %s\n", group)
		}
		source := "(by the tests of csta/ecma)"
		if x.scenario != "" {
			source = playedBy(x.scenario)
		}
		fmt.Fprintf(&b, "\n### %s\n\n%s %s\n\n```xml\n%s\n```\n", e.Name, sentences[e.Name], source, strings.Join(x.messages, "\n\n"))
	}
	return b.String()
}

// whatMessagesSay is the first sentence of what the code says of each message.
func whatMessagesSay(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("../ecma/*.go")
	require.NoError(t, err)
	set := token.NewFileSet()
	sentences := map[string]string{}
	for _, name := range files {
		file, err := parser.ParseFile(set, name, nil, parser.ParseComments)
		require.NoError(t, err)
		for _, decl := range file.Decls {
			g, ok := decl.(*ast.GenDecl)
			if !ok || g.Tok != token.TYPE || g.Doc == nil {
				continue
			}
			for _, spec := range g.Specs {
				sentences[spec.(*ast.TypeSpec).Name.Name] = new(doc.Package).Synopsis(g.Doc.Text())
			}
		}
	}
	for _, name := range slices.Collect(maps.Keys(sentences)) {
		text := strings.TrimPrefix(strings.TrimPrefix(sentences[name], name), ":")
		text = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(text), "(sic):"))
		if text != "" {
			sentences[name] = strings.ToUpper(text[:1]) + text[1:]
		}
	}
	return sentences
}
