package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"mod_csta_socket/bridge_c"
	"mod_csta_socket/csta/config"
	"mod_csta_socket/csta/setup"
	"mod_csta_socket/module/switchlog"
)

// configFile is the module's configuration in FreeSWITCH's XML registry.
const configFile = "csta_socket.conf"

// errNoConfig: the switch has no configuration of ours.
var errNoConfig = errors.New(configFile + ".xml is not there or has no settings")

// readParams asks the switch for the configuration.
func readParams() ([]config.Param, error) {
	settings, err := bridge.Settings(configFile, "applications", "application")
	if errors.Is(err, bridge.NotPossible) {
		return nil, errNoConfig
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", configFile, err)
	}
	var params []config.Param
	for _, s := range settings {
		if len(s.Value) >= bridge.LongestSetting {
			return nil, fmt.Errorf("%s: the value of %s %s is too long", configFile, s.Item, s.Name)
		}
		params = append(params, config.Param{Name: s.Name, Value: s.Value, Application: s.Item})
	}
	return params, nil
}

// loadParams reads the configuration at the start; without one everything has
// its default.
func loadParams(log *slog.Logger) ([]config.Param, error) {
	params, err := readParams()
	if errors.Is(err, errNoConfig) {
		log.Warn(err.Error() + ": everything has its default, nothing listens")
		return nil, nil
	}
	return params, err
}

// reload is csta reload: the switch reads its files, and what changed in ours
// counts from now on. The watch hears of these files as well: it has to find them done,
// or whoever asked would be told that nothing has changed.
func (s *service) reload(context.Context) []string {
	s.reloading.Lock()
	defer s.reloading.Unlock()
	if err := bridge.ReloadFiles(); err != nil {
		return []string{fmt.Sprintf("-ERR the switch cannot read its configuration files, nothing changed: %v", err)}
	}
	report, err := s.takeConfiguration()
	if err != nil {
		return []string{fmt.Sprintf("-ERR nothing changed: %v", err)}
	}
	return report.Lines()
}

// reloadFound is what the watch does, whoever has had the switch read its files.
func (s *service) reloadFound() (setup.Report, error) {
	s.reloading.Lock()
	defer s.reloading.Unlock()
	return s.takeConfiguration()
}

// takeConfiguration brings the configuration that the switch has now into effect, and
// logs what that changed; s.reloading is held.
func (s *service) takeConfiguration() (setup.Report, error) {
	params, err := readParams()
	if err != nil {
		return setup.Report{}, err
	}
	report, err := s.setup.Reload(params)
	if err != nil {
		return report, fmt.Errorf("%s: %w", configFile, err)
	}
	for _, text := range report.Changed {
		s.log.Log(context.Background(), switchlog.Notice, configFile+" has changed: "+text)
	}
	for _, text := range report.Module {
		s.log.Log(context.Background(), switchlog.Notice, configFile+" has changed; this counts after reload mod_csta_socket: "+text)
	}
	for _, text := range report.Failed {
		s.log.Error(configFile + ": " + text)
	}
	if len(report.Changed)+len(report.Failed) > 0 {
		for _, text := range report.Warnings {
			s.log.Warn(configFile + ": " + text)
		}
	}
	return report, nil
}

// reloadWatch brings the configuration into effect after each reloadxml, as
// FreeSWITCH's own modules do: reloadxml, load and reload of any module, and
// csta reload, which has done it by then.
type reloadWatch struct {
	reload func() (setup.Report, error)
	log    *slog.Logger

	mu      sync.Mutex
	busy    bool
	again   bool
	stopped bool
	running sync.WaitGroup
}

func newReloadWatch(reload func() (setup.Report, error), log *slog.Logger) *reloadWatch {
	return &reloadWatch{reload: reload, log: log}
}

// look reloads in a goroutine of its own; calls that come meanwhile make it
// do it once more.
func (w *reloadWatch) look() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stopped {
		return
	}
	if w.busy {
		w.again = true
		return
	}
	w.busy = true
	w.running.Add(1)
	go w.run()
}

func (w *reloadWatch) run() {
	defer w.running.Done()
	defer caught(w.log, "configuration", func() {})
	for {
		w.once()
		w.mu.Lock()
		w.busy = w.again && !w.stopped
		w.again = false
		again := w.busy
		w.mu.Unlock()
		if !again {
			return
		}
	}
}

func (w *reloadWatch) once() {
	_, err := w.reload()
	if err != nil && !errors.Is(err, bridge.Stopped) {
		w.log.Error("the new configuration is not usable; the old one stays in use: " + err.Error())
	}
}

// stop waits for a reload under way.
func (w *reloadWatch) stop() {
	w.mu.Lock()
	w.stopped = true
	w.mu.Unlock()
	w.running.Wait()
}
