package jsonwire

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/wire"
)

// Schema is the JSON Schema (2020-12) of a frame: what the server sends is valid by it,
// and what is valid by it is understood. Of what clients send the server takes more: it
// ignores members that it does not know, and null.
func Schema() []byte {
	w := schemaWriter{names: map[string]string{}, defined: map[string]any{}, used: map[string]int{}}
	for _, name := range ecma.Roots() {
		w.count(ecma.ShapeOf(name))
	}
	w.define("DeviceID", deviceID)
	properties := members{{invokeName, members{
		{"description", "The request's number, which its response has, too. Events have none."},
		{"type", "integer"}, {"minimum", 0}, {"maximum", wire.EventInvoke - 1},
	}}}
	var choice []any
	for _, name := range ecma.Roots() {
		properties = append(properties, member{name, members{{"$ref", "#/$defs/" + name}}})
		choice = append(choice, members{{"required", []string{name}}})
		w.define(name, w.object(ecma.ShapeOf(name)))
	}
	defs := members{}
	for _, name := range slices.Sorted(maps.Keys(w.defined)) {
		defs = append(defs, member{name, w.defined[name]})
	}
	text, err := json.MarshalIndent(members{
		{"$schema", "https://json-schema.org/draft/2020-12/schema"},
		{"title", "CSTA Phase III in JSON"},
		{"description", "A frame of mod_csta_socket's WebSocket: one message of ECMA-269, its elements named as in ECMA-323."},
		{"type", "object"},
		{"properties", properties},
		{"additionalProperties", false},
		{"oneOf", choice},
		{"$defs", defs},
	}, "", " ")
	if err != nil {
		panic(err)
	}
	return append(text, '\n')
}

// deviceID is the schema of a device identifier.
var deviceID = members{
	{"description", "A device: a subscriber's number, 02 and the name of a queue, 01 and that of a network interface. Clients may write the number alone."},
	{"anyOf", []any{
		members{{"type", "string"}},
		members{
			{"type", "object"},
			{"properties", members{
				{numberName, members{{"type", "string"}}},
				{typeName, members{{"type", "string"}, {"default", string(ecma.DialingNumber)}, {"examples", []string{string(ecma.DialingNumber), string(ecma.DeviceNumber)}}}},
			}},
			{"required", []string{numberName}},
			{"additionalProperties", false},
		},
	}},
}

// member is one of an object that keeps its order.
type member struct {
	name  string
	value any
}

type members []member

// MarshalJSON implements json.Marshaler.
func (m members) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for i, one := range m {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(strconv.AppendQuote(out, one.name), ':')
		value, err := json.Marshal(one.value)
		if err != nil {
			return nil, err
		}
		out = append(out, value...)
	}
	return append(out, '}'), nil
}

// schemaWriter defines once what elements have in common: names are the definitions by
// their text, used counts the texts.
type schemaWriter struct {
	names   map[string]string
	defined map[string]any
	used    map[string]int
}

func text(schema any) string {
	t, err := json.Marshal(schema)
	if err != nil {
		panic(err)
	}
	return string(t)
}

// count counts what is in a shape, as it stands without references.
func (w *schemaWriter) count(s *ecma.Shape) {
	for _, child := range s.Children {
		w.used[text(whole(child))]++
		w.count(child)
	}
}

// whole is the schema of a shape without references.
func whole(s *ecma.Shape) any {
	return (&schemaWriter{names: map[string]string{}, defined: map[string]any{}, used: map[string]int{}}).value(s)
}

// define makes a definition, by that name or one like it.
func (w *schemaWriter) define(name string, schema any) string {
	unique := name
	for n := 2; w.defined[unique] != nil; n++ {
		unique = fmt.Sprintf("%s%d", name, n)
	}
	w.defined[unique] = schema
	return unique
}

// element is the schema of an element, or a reference to what more than one has.
func (w *schemaWriter) element(s *ecma.Shape) any {
	if s.Kind != ecma.Structure && s.Kind != ecma.Enumeration {
		return w.value(s)
	}
	key := text(whole(s))
	if w.used[key] < 2 {
		return w.value(s)
	}
	name, known := w.names[key]
	if !known {
		name = w.define(titleOf(s), w.value(s))
		w.names[key] = name
	}
	return members{{"$ref", "#/$defs/" + name}}
}

// titleOf is the name of a definition: that of its type in ECMA-323, for those that most
// messages have, else that of an element.
func titleOf(s *ecma.Shape) string {
	of := map[string]string{"callID": "ConnectionID", "deviceIdentifier": "ExtendedDevice", "string": "Data"}
	if len(s.Children) > 0 && of[s.Children[0].Name] != "" {
		return of[s.Children[0].Name]
	}
	return s.Name
}

// value is the schema of what an element holds.
func (w *schemaWriter) value(s *ecma.Shape) any {
	switch s.Kind {
	case ecma.Structure:
		return w.object(s)
	case ecma.Marks:
		return members{{"type", "object"}, {"additionalProperties", members{{"const", true}}}}
	case ecma.Boolean:
		return members{{"type", "boolean"}}
	case ecma.Number:
		return members{{"type", "integer"}}
	case ecma.Enumeration:
		return members{{"enum", s.Values}}
	case ecma.Identifier:
		return members{{"$ref", "#/$defs/DeviceID"}}
	case ecma.Sign:
		return members{{"const", true}}
	case ecma.HexText:
		return members{{"type", "string"}, {"pattern", "^([0-9A-Fa-f]{2})*$"}}
	case ecma.Markup:
		return members{{"type", "string"}, {"description", "well-formed XML"}}
	}
	return members{{"type", "string"}}
}

// object is the schema of a structure.
func (w *schemaWriter) object(s *ecma.Shape) any {
	properties, required := members{}, []string{}
	for _, child := range s.Children {
		schema := w.element(child)
		if child.Repeated {
			schema = members{{"type", "array"}, {"items", schema}}
		}
		properties = append(properties, member{child.Name, schema})
		if child.Required {
			required = append(required, child.Name)
		}
	}
	object := members{{"type", "object"}, {"properties", properties}}
	if len(required) > 0 {
		object = append(object, member{"required", required})
	}
	return append(object, member{"additionalProperties", false})
}
