package config

import (
	"errors"
	"fmt"

	"github.com/beevik/etree"
)

// ErrNoConfiguration: a file has no csta_socket.conf in it.
var ErrNoConfiguration = errors.New(`no <configuration name="csta_socket.conf"> found`)

// nameless is what an application without a name is called, by the module as well: no
// name can be like that, so that it is an error.
const nameless = "(without a name)"

// ParseXML reads a csta_socket.conf.xml file and parses its parameters. Unlike
// in FreeSWITCH, $${variables} are not expanded.
func ParseXML(file []byte) (Config, []Warning, error) {
	params, warnings, err := ReadXML(file)
	if err != nil {
		return Config{}, warnings, err
	}
	c, more, err := Parse(params)
	return c, append(warnings, more...), err
}

// ReadXML reads the parameters of a csta_socket.conf.xml file, unchecked.
func ReadXML(file []byte) ([]Param, []Warning, error) {
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(file); err != nil {
		return nil, nil, fmt.Errorf("configuration file: %w", err)
	}
	for _, conf := range doc.FindElements("//configuration") {
		if conf.SelectAttrValue("name", "") != "csta_socket.conf" {
			continue
		}
		params, warnings := settings(conf)
		return params, warnings, nil
	}
	return nil, nil, ErrNoConfiguration
}

func settings(conf *etree.Element) ([]Param, []Warning) {
	var params []Param
	var warnings []Warning
	add := func(list []*etree.Element, application string) {
		for _, e := range list {
			name := e.SelectAttr("name")
			if name == nil {
				warnings = append(warnings, Warning{Text: "a <param> without a name is ignored"})
				continue
			}
			params = append(params, Param{name.Value, e.SelectAttrValue("value", ""), application})
		}
	}
	add(conf.FindElements("settings/param"), "")
	// They count wherever they stand: those that were overlooked would leave the door open.
	for _, path := range []string{"applications/application", "application", "settings/applications/application", "settings/application"} {
		for _, e := range conf.FindElements(path) {
			name := e.SelectAttrValue("name", "")
			if name == "" {
				name = nameless
			}
			params = append(params, Param{Application: name})
			add(e.FindElements("param"), name)
		}
	}
	return params, warnings
}
