package engine

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/switching"
)

// waitedFor is how the waits of a kind ended so far.
func (b *bench) waitedFor(w wait) waited { return b.core.waited[w] }

func TestEveryWaitSaysWhatItIs(t *testing.T) {
	names := map[string]bool{}
	for w := wait(0); w < waitKinds; w++ {
		row := &waits[w]
		for _, said := range []string{row.name, row.why, row.evidence, row.then} {
			assert.NotEmpty(t, said, "row %d, %s", w, row.name)
		}
		assert.False(t, names[row.name], "%s twice", row.name)
		names[row.name] = true
	}
}

func TestWaitsAreCounted(t *testing.T) {
	b, cl := watched(t)
	b.talk()
	hold := func() {
		cl.send(&ecma.HoldCall{CallToBeHeld: at("a", "1000")})
		b.done(switching.Hold{})
	}
	hold()
	b.simple(switching.LegHeld, "a")
	b.pass(waits[forHeld].atMost)
	require.Equal(t, waited{came: 1}, b.waitedFor(forHeld))

	b.simple(switching.LegUnheld, "a")
	b.pass(waits[forHangUpBehindUnhold].atMost)
	require.Equal(t, waited{ranOut: 1}, b.waitedFor(forHangUpBehindUnhold), "it did not hang up")
	b.done(switching.EndMusic{})

	hold()
	b.pass(waits[forHeld].atMost)
	require.Equal(t, waited{came: 1, ranOut: 1}, b.waitedFor(forHeld))
	require.Contains(t, b.core.measures().Waits, Waited{Name: "held", Came: 1, RanOut: 1})
	b.services()
	b.allHangUp("a", "b")
}

// A request that waits for the switch goes on with the input that shows it done, and
// not with the next look.
func TestNothingIsPolled(t *testing.T) {
	b, cl := watched(t)
	b.talk()
	cl.send(&ecma.HoldCall{CallToBeHeld: at("a", "1000")})
	b.simple(switching.LegHeld, "a")
	b.services()
	cl.send(&ecma.RetrieveCall{CallToBeRetrieved: at("a", "1000")})
	b.pass(waits[forSwitch].atMost)
	b.pass(waits[forSwitch].atMost)
	require.Equal(t, waited{ranOut: 2}, b.waitedFor(forSwitch), "it waits on")
	b.done(switching.Hold{})
	require.Equal(t, waited{came: 1, ranOut: 2}, b.waitedFor(forSwitch))
	b.done(switching.Unhold{})
	b.simple(switching.LegUnheld, "a")
	require.Contains(t, b.services(), "s RetrieveCallResponse")
	b.allHangUp("a", "b")
}

// mayHaveTimes are the files of the table, of what a setting is if it is not set, and
// of the bounds of what a client may ask for.
var mayHaveTimes = []string{"waits.go", "engine.go", "predictive_call.go", "voice.go"}

// No file but the table's says how long anything is waited for.
func TestTheTableHoldsAllWaits(t *testing.T) {
	files, err := os.ReadDir(".")
	require.NoError(t, err)
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") || slices.Contains(mayHaveTimes, f.Name()) {
			continue
		}
		set := token.NewFileSet()
		parsed, err := parser.ParseFile(set, f.Name(), nil, 0)
		require.NoError(t, err)
		for _, decl := range parsed.Decls {
			constants, ok := decl.(*ast.GenDecl)
			if !ok || constants.Tok != token.CONST {
				continue
			}
			ast.Inspect(constants, func(n ast.Node) bool {
				if unit, ok := n.(*ast.SelectorExpr); ok {
					name, _ := unit.X.(*ast.Ident)
					assert.False(t, name != nil && name.Name == "time", "%s: a time of its own", set.Position(unit.Pos()))
				}
				return true
			})
		}
	}
}
