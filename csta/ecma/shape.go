package ecma

import (
	"slices"
	"sync"

	"github.com/beevik/etree"
)

// Kind is what an element of a message holds.
type Kind uint8

const (
	// Structure: elements.
	Structure Kind = iota
	// Text, HexText, Number and Boolean are values.
	Text
	HexText
	Number
	Boolean
	// Enumeration: a text of Shape.Values.
	Enumeration
	// Identifier: a device identifier, a text with the attribute typeOfNumber.
	Identifier
	// Sign: nothing; that the element is there says all.
	Sign
	// Marks: elements of any name, each of them true.
	Marks
	// Markup: any XML.
	Markup
)

// Shape is what a message may have in an element: the same that its encoder writes and
// its decoder looks for, since it is found out from them. It says nothing of the order
// that a decoder takes elements in, which is any.
type Shape struct {
	// Name is the element's.
	Name string
	Kind Kind
	// Required: the message means nothing without it. In a choice nothing is.
	Required bool
	// Repeated: an item of a list, there as often as there are items.
	Repeated bool
	// Values are those of an Enumeration, sorted.
	Values []string
	// Children are the elements of a Structure, in the order of the schema.
	Children []*Shape
}

// Child is that of the name; nil if there is none.
func (s *Shape) Child(name string) *Shape {
	if s == nil {
		return nil
	}
	if i := slices.IndexFunc(s.Children, func(c *Shape) bool { return c.Name == name }); i >= 0 {
		return s.Children[i]
	}
	return nil
}

// ShapeOf is the shape of the message of that root element; nil if there is none.
func ShapeOf(element string) *Shape { return shapes()[element] }

// Roots are the root elements of all messages that have a type here, sorted.
func Roots() []string {
	names := make([]string, 0, len(registry))
	for name := range registry {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

var shapes = sync.OnceValue(func() map[string]*Shape {
	all := make(map[string]*Shape, len(registry))
	for name, r := range registry {
		all[name] = describe(name, r.new())
	}
	return all
})

// describe finds a message's shape: the message visits its elements as if it read a
// document, and none is there.
func describe(name string, m Message) *Shape {
	d := description{at: &Shape{Name: name}}
	m.fields(&codec{node: etree.NewElement(name), describing: &d})
	d.describeSecurity()
	return d.at
}

// description is the shape that is being found out: at is the element that is visited,
// within are those around it.
type description struct {
	at     *Shape
	within []*Shape
}

// has notes an element.
func (d *description) has(name string, k Kind, n need) *Shape {
	if child := d.at.Child(name); child != nil {
		return child
	}
	child := &Shape{Name: name, Kind: k, Required: n == mandatory}
	d.at.Children = append(d.at.Children, child)
	return child
}

func (d *description) enter(name string, n need) *Shape {
	child := d.has(name, Structure, n)
	d.within = append(d.within, d.at)
	d.at = child
	return child
}

func (d *description) leave() {
	last := len(d.within) - 1
	d.at, d.within = d.within[last], d.within[:last]
}

// describes notes an element if a shape is being found out; false if not.
func (c *codec) describes(name string, k Kind, n need) bool {
	if c.describing == nil {
		return false
	}
	c.describing.has(name, k, n)
	return true
}

// isOf says what the element that is visited holds, if a shape is being found out.
func (c *codec) isOf(k Kind) bool {
	if c.describing == nil {
		return false
	}
	c.describing.at.Kind = k
	return true
}

// describesEnum notes an element with a value of an enumeration.
func (c *codec) describesEnum(name string, values enumeration, n need) bool {
	if c.describing == nil {
		return false
	}
	s := c.describing.has(name, Enumeration, n)
	s.Values = s.Values[:0]
	for v := range values {
		s.Values = append(s.Values, v)
	}
	slices.Sort(s.Values)
	return true
}
