package freeswitch

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"text/template"
)

// vanillaModules are loaded beside those that the installed configuration
// names: a call centre's. What is not installed is left out.
var vanillaModules = []string{"mod_callcenter", "mod_lua"}

// strangers are modules of the installed configuration that would call out of
// the machine, or take ports that no option moves.
var strangers = []string{"mod_signalwire", "mod_verto", "mod_xml_rpc", "mod_enum"}

// adaptation changes the copy of one file of the installed configuration. What
// it looks for must be there: a configuration that it does not fit is not
// FreeSWITCH's own.
type adaptation struct {
	file    string
	find    *regexp.Regexp
	replace string
}

// adaptations move the installed configuration to the instance's addresses and
// ports. Beside these, phones ring as long as the scenario says, media goes where
// the scenario says before the subscribers' own extension takes the call, and the
// password is another: with the one it is delivered with, FreeSWITCH delays each
// call by ten seconds.
func (s *Switch) adaptations() []adaptation {
	set := func(name, value string) adaptation {
		return adaptation{
			"vars.xml", regexp.MustCompile(`<X-PRE-PROCESS cmd="(?:stun-)?set" data="` + name + `=[^"]*"\s*/>`),
			`<X-PRE-PROCESS cmd="set" data="` + name + `=` + value + `"/>`,
		}
	}
	return []adaptation{
		set("default_password", password),
		set("domain", Domain),
		set("external_rtp_ip", "127.0.0.1"),
		set("external_sip_ip", "127.0.0.1"),
		set("internal_sip_port", strconv.Itoa(s.Internal)),
		set("external_sip_port", strconv.Itoa(s.External)),
		{
			"vars.xml", regexp.MustCompile(`</include>`),
			`<X-PRE-PROCESS cmd="set" data="ring_seconds=` + strconv.Itoa(max(1, int(s.options.RingTime.Seconds()))) + "\"/>\n</include>",
		},
		{"vars.xml", regexp.MustCompile(`<include>`), "<include>\n" + `<X-PRE-PROCESS cmd="set" data="local_ip_v4=127.0.0.1"/>`},
		{
			"autoload_configs/switch.conf.xml", regexp.MustCompile(`<param name="max-sessions"`),
			fmt.Sprintf("<param name=\"rtp-start-port\" value=\"%d\"/>\n<param name=\"rtp-end-port\" value=\"%d\"/>\n<param name=\"core-db-name\" value=\"%s\"/>\n<param name=\"max-sessions\"", s.RTPFirst, s.RTPLast, filepath.Join(s.directory, "db", "core.db")),
		},
		{"directory/default/" + Guest + ".xml", regexp.MustCompile(`name="user_context" value="default"`), `name="user_context" value="guests"`},
		{"sip_profiles/internal.xml", regexp.MustCompile(`<param name="wss?-binding"\s+value="[^"]*"\s*/>`), ""},
		{"dialplan/default.xml", regexp.MustCompile(`data="call_timeout=30"`), `data="call_timeout=${ring_seconds}"`},
		{
			"dialplan/default.xml", regexp.MustCompile(`<context name="default">`),
			"<context name=\"default\">\n" + `<X-PRE-PROCESS cmd="include" data="before/*.xml"/>` + "\n" + `<X-PRE-PROCESS cmd="include" data="subscribers/*.xml"/>`,
		},
	}
}

// removed are files of the installed configuration that belong to other hosts
// and to addresses that a test machine may not have.
var removed = []string{"sip_profiles/*ipv6.xml", "sip_profiles/external/*.xml", "directory/default/example.com.xml"}

var moduleName = regexp.MustCompile(`<load module="(\w+)"`)
var comment = regexp.MustCompile(`(?s)<!--.*?-->`)

// linkVanilla fills the private module directory with what the installed
// configuration loads, and lists it in order.
func (s *Switch) linkVanilla(in Installation) error {
	text, err := os.ReadFile(filepath.Join(in.Configuration, "autoload_configs", "modules.conf.xml"))
	if err != nil {
		return fmt.Errorf("FreeSWITCH's own configuration: %w", err)
	}
	var names []string
	for _, m := range moduleName.FindAllSubmatch(comment.ReplaceAll(text, nil), -1) {
		names = append(names, string(m[1]))
	}
	for _, name := range vanillaModules {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	names = slices.DeleteFunc(names, func(name string) bool {
		_, err := os.Stat(filepath.Join(in.Modules, name+".so"))
		return err != nil || slices.Contains(strangers, name)
	})
	s.modules, err = s.linkModules(in.Modules, names, nil)
	return err
}

// writeVanilla copies the installed configuration, moves it to the instance's
// ports, and adds what a site adds: the module's configuration, the dialplan of
// the options, a gateway, a call centre, and a second tenant with a profile and a
// context of its own.
func (s *Switch) writeVanilla(installed string) error {
	conf := filepath.Join(s.directory, "conf")
	if err := os.CopyFS(conf, os.DirFS(installed)); err != nil {
		return fmt.Errorf("FreeSWITCH's own configuration: %w", err)
	}
	for _, pattern := range removed {
		files, err := filepath.Glob(filepath.Join(conf, pattern))
		if err != nil {
			return err
		}
		for _, file := range files {
			if err := os.Remove(file); err != nil {
				return err
			}
		}
	}
	for _, a := range s.adaptations() {
		if err := a.apply(conf); err != nil {
			return err
		}
	}
	for i, file := range s.options.SubscribersFiles {
		if err := include(file, filepath.Join(conf, "dialplan", "subscribers", fmt.Sprintf("0%d_csta.xml", i))); err != nil {
			return err
		}
	}
	for i, file := range s.options.DialplanFiles {
		if err := include(file, filepath.Join(conf, "dialplan", "default", fmt.Sprintf("0%d_csta.xml", i))); err != nil {
			return err
		}
	}
	for i, file := range s.options.PublicDialplanFiles {
		if err := include(file, filepath.Join(conf, "dialplan", "public", fmt.Sprintf("0%d_csta.xml", i))); err != nil {
			return err
		}
	}
	return s.writeSite(conf)
}

func (a adaptation) apply(conf string) error {
	file := filepath.Join(conf, a.file)
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("FreeSWITCH's own configuration: %w", err)
	}
	if !a.find.Match(text) {
		return fmt.Errorf("FreeSWITCH's own configuration: %s has no %s", a.file, a.find)
	}
	return os.WriteFile(file, a.find.ReplaceAllLiteral(text, []byte(a.replace)), 0o600)
}

// include copies a fragment of the dialplan into a directory whose files are
// included.
func include(from, to string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return fmt.Errorf("dialplan fragment: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(to), fs.ModePerm); err != nil {
		return err
	}
	return os.WriteFile(to, slices.Concat([]byte("<include>\n"), text, []byte("</include>\n")), 0o600)
}

// siteFiles are what a site adds to FreeSWITCH's own configuration, by the
// template that makes them.
var siteFiles = map[string]string{
	"autoload_configs/event_socket.conf.xml": "event socket",
	"autoload_configs/modules.conf.xml":      "modules",
	"autoload_configs/logfile.conf.xml":      "log file",
	"autoload_configs/csta_socket.conf.xml":  "csta",
	"autoload_configs/callcenter.conf.xml":   "call centre",
	"autoload_configs/acl.conf.xml":          "access lists",
	"sip_profiles/branch.xml":                "second profile",
	"sip_profiles/external/example_gw.xml":   "gateway file",
	"directory/branch.xml":                   "second tenant",
	"dialplan/branch.xml":                    "second dialplan",
	"dialplan/guests.xml":                    "guests' dialplan",
	"dialplan/public/00_site.xml":            "tenant's ways in",
	"dialplan/before/media.xml":              "media first",
	"dialplan/default/00_site.xml":           "site",
}

var site = template.Must(template.New("vanilla.xml.tmpl").
	Funcs(template.FuncMap{"xml": escape}).ParseFS(configurationTexts, "vanilla.xml.tmpl", "parts.xml.tmpl"))

func (s *Switch) writeSite(conf string) error {
	values, err := s.settings()
	if err != nil {
		return err
	}
	for _, file := range slices.Sorted(maps.Keys(siteFiles)) {
		var text bytes.Buffer
		if err := site.ExecuteTemplate(&text, siteFiles[file], values); err != nil {
			return fmt.Errorf("configuration: %w", err)
		}
		to := filepath.Join(conf, file)
		if err := os.Remove(to); err != nil && !os.IsNotExist(err) {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(to), fs.ModePerm); err != nil {
			return err
		}
		if err := os.WriteFile(to, text.Bytes(), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// vanillaSubscribers is the directory of FreeSWITCH's own configuration, and the
// second tenant's.
func vanillaSubscribers() []User {
	var users []User
	for _, u := range Subscribers() {
		if u.Domain == SecondDomain || u.Domain == "" && u.Alias == "" && len(u.ID) == 4 && u.ID[0] == '1' {
			users = append(users, u)
		}
	}
	// The tenant has a number that the default domain has, too.
	return append(users, User{ID: "1001", Domain: SecondDomain})
}
