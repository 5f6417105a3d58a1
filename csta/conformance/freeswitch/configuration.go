package freeswitch

import (
	"bytes"
	"embed"
	"encoding/xml"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"text/template"
)

//go:embed *.xml.tmpl
var configurationTexts embed.FS

var configuration = template.Must(template.New("freeswitch.xml.tmpl").
	Funcs(template.FuncMap{"xml": escape}).ParseFS(configurationTexts, "freeswitch.xml.tmpl", "features.xml.tmpl", "parts.xml.tmpl"))

func escape(s string) (string, error) {
	var b strings.Builder
	err := xml.EscapeText(&b, []byte(s))
	return b.String(), err
}

// modules are loaded if installed; without the required ones nothing works.
var (
	requiredModules = []string{
		"mod_logfile", "mod_commands", "mod_dptools", "mod_dialplan_xml",
		"mod_sofia", "mod_loopback", "mod_event_socket", "mod_tone_stream",
	}
	optionalModules = []string{"mod_sndfile", "mod_native_file", "mod_conference", "mod_fifo", "mod_callcenter", "mod_valet_parking", "mod_say_en", "mod_voicemail"}
)

// ModuleName is the module under test.
const ModuleName = "mod_csta_socket"

type parameter struct{ Name, Value string }

type domain struct {
	Name  string
	Users []User
}

// settings are what the template is filled with.
type settings struct {
	Options
	*Ports
	Directory    string
	Sounds       string
	Modules      []string
	Domains      []domain
	CSTA         []parameter
	ESLPassword  string
	RingSeconds  int
	DefaultPlan  []string
	PublicPlan   []string
	ModuleLoaded bool
	Prompts      []string
}

// prompts are the phrases with which mod_voicemail asks its callers for
// something; here it asks by silence.
var prompts = []string{"voicemail_enter_id", "voicemail_enter_pass", "voicemail_play_greeting", "voicemail_record_message", "voicemail_goodbye"}

// SetParameters replaces the parameters of csta_socket.conf in the configuration
// of a running instance, which reads it at the next reloadxml.
func (s *Switch) SetParameters(parameters map[string]string) error {
	s.options.Parameters = parameters
	return s.writeConfiguration()
}

// SetApplications does the same with who may use the module, and with one parameter
// more.
func (s *Switch) SetApplications(all []Application, directoryLogins bool) error {
	s.options.Applications = all
	parameters := maps.Clone(s.options.Parameters)
	if parameters == nil {
		parameters = map[string]string{}
	}
	delete(parameters, "directory-logins")
	if directoryLogins {
		parameters["directory-logins"] = "1"
	}
	return s.SetParameters(parameters)
}

// writeConfiguration makes conf/freeswitch.xml, or on FreeSWITCH's own
// configuration the files that a site adds to it.
func (s *Switch) writeConfiguration() error {
	if s.options.Vanilla {
		return s.writeSite(filepath.Join(s.directory, "conf"))
	}
	values, err := s.settings()
	if err != nil {
		return err
	}
	var text bytes.Buffer
	if err := configuration.Execute(&text, values); err != nil {
		return fmt.Errorf("configuration: %w", err)
	}
	return os.WriteFile(filepath.Join(s.directory, "conf", "freeswitch.xml"), text.Bytes(), 0o600)
}

// settings are the instance's, for the templates.
func (s *Switch) settings() (settings, error) {
	values := settings{
		Options: s.options, Ports: s.Ports, Directory: s.directory, Sounds: s.Sounds(),
		Modules: s.modules, ESLPassword: ESLPassword,
		RingSeconds:  max(1, int(s.options.RingTime.Seconds())),
		ModuleLoaded: s.options.Module != "",
		Prompts:      prompts,
	}
	for _, name := range []string{Domain, SecondDomain} {
		d := domain{Name: name}
		for _, u := range s.options.Users {
			if u.Domain == name {
				d.Users = append(d.Users, u)
			}
		}
		values.Domains = append(values.Domains, d)
	}
	parameters := map[string]string{
		"listen-ip": "127.0.0.1", "xml-listen-port": strconv.Itoa(s.Ports.CSTA),
		"predictive-call-addresses": "external/" + s.TrunkAddress(),
	}
	maps.Copy(parameters, s.options.Parameters)
	for name, value := range parameters {
		values.CSTA = append(values.CSTA, parameter{name, value})
	}
	sort.Slice(values.CSTA, func(i, j int) bool { return values.CSTA[i].Name < values.CSTA[j].Name })
	var err error
	if values.DefaultPlan, err = readAll(s.options.DialplanFiles); err != nil {
		return values, err
	}
	values.PublicPlan, err = readAll(s.options.PublicDialplanFiles)
	return values, err
}

func readAll(files []string) ([]string, error) {
	var texts []string
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			return nil, fmt.Errorf("dialplan fragment: %w", err)
		}
		texts = append(texts, string(text))
	}
	return texts, nil
}

// linkModules fills the private module directory with the required modules, those
// of the optional ones that are installed, and our own, and lists what is to be
// loaded, in order.
func (s *Switch) linkModules(installed string, required, optional []string) ([]string, error) {
	into := filepath.Join(s.directory, "mod")
	var modules []string
	link := func(name string) error {
		from := filepath.Join(installed, name+".so")
		if _, err := os.Stat(from); err != nil {
			return err
		}
		modules = append(modules, name)
		return os.Symlink(from, filepath.Join(into, name+".so"))
	}
	for _, name := range required {
		if err := link(name); err != nil {
			return nil, fmt.Errorf("FreeSWITCH lacks a module the tests need: %w", err)
		}
	}
	for _, name := range optional {
		if err := link(name); err != nil && !os.IsNotExist(err) {
			return nil, err
		}
	}
	files := s.options.Extra
	if s.options.Module != "" {
		files = append([]string{s.options.Module}, files...)
	}
	for i, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".so")
		if i == 0 && s.options.Module != "" {
			name = ModuleName
		}
		module, err := filepath.Abs(file)
		if err != nil {
			return nil, err
		}
		if _, err := os.Stat(module); err != nil {
			return nil, fmt.Errorf("module of our own: %w", err)
		}
		if err := os.Symlink(module, filepath.Join(into, name+".so")); err != nil {
			return nil, err
		}
		modules = append(modules, name)
	}
	return modules, nil
}
