package switching

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"testing"

	"github.com/stretchr/testify/require"
)

// Each kind of event has a name in recordings, and is read back by it.
func TestKindsHaveTheirNames(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "event.go", nil, 0)
	require.NoError(t, err)
	kind := Kind(0)
	for _, decl := range file.Decls {
		constants, ok := decl.(*ast.GenDecl)
		if !ok || constants.Tok != token.CONST {
			continue
		}
		first, ok := constants.Specs[0].(*ast.ValueSpec).Type.(*ast.Ident)
		if !ok || first.Name != "Kind" {
			continue
		}
		for _, spec := range constants.Specs {
			kind++
			name, err := kind.MarshalText()
			require.NoError(t, err)
			require.Equal(t, spec.(*ast.ValueSpec).Names[0].Name, string(name))
		}
	}
	require.EqualValues(t, len(kindNames)-1, kind)
}

func TestEventAsText(t *testing.T) {
	ev := Event{Kind: LegHungUp, Leg: "a", Transfer: TransferorBlind, Result: LegEnded, Follows: true, Cause: CauseUserBusy, Feature: ForwardBusy,
		Info: &LegInfo{Direction: Outbound, Device: "1000"}}
	text, err := json.Marshal(ev)
	require.NoError(t, err)
	require.JSONEq(t, `{"kind":"LegHungUp","leg":"a","transfer":"blind","result":"leg ended","follows":true,"cause":"USER_BUSY",`+
		`"feature":"forwarding when busy","info":{"direction":"outbound","device":"1000"}}`, string(text))
	var back Event
	require.NoError(t, json.Unmarshal(text, &back))
	require.Equal(t, ev, back)
	require.NoError(t, json.Unmarshal([]byte(`{"kind":"200"}`), &back), "a number is what has no name")
	require.Error(t, json.Unmarshal([]byte(`{"kind":"LegLost"}`), &back))
}

func TestTrunksAsText(t *testing.T) {
	const list = "external/192.0.2.1:5080,external/sip.example,internal/*,gateway/carrier"
	trunks, ok := ParseTrunks(list)
	require.True(t, ok)
	require.Equal(t, list, trunks.String())
}
