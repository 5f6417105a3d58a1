//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"mod_csta_socket/csta/conformance/freeswitch"
	"mod_csta_socket/csta/conformance/phone"
)

const (
	// nullPhones are subscribers behind FreeSWITCH's null endpoint: they ring and
	// answer by themselves, and cost no phone outside. Even ones call odd ones.
	firstNullPhone = 7100
	nullPhones     = 200
	// ringFor is how long one rings, in milliseconds; the endpoint looks at the
	// clock every 20 ms.
	ringFor = 100
	// caller and callee are subscribers with SIP phones.
	caller, callee = "1000", "1001"
)

// lab is the switch under measurement and what drives it.
type lab struct {
	ctx    context.Context
	sw     *freeswitch.Switch
	driver *eventSocket
	// caller and callee are the SIP phones.
	caller, callee *phone.Phone
	// probed: mod_csta_probe is loaded.
	probed bool
	random *rand.Rand
	dir    string
	// metrics is where the module tells what it measures.
	metrics string
	// isolated: the switch has real-time priority; what the module starts when
	// it is loaded again has to be given it.
	isolated bool
}

func nullPhone(n int) string { return strconv.Itoa(firstNullPhone + n%nullPhones) }

// openLab starts the switch with the module and two phones. why says what can't
// be measured, "" if all can.
func openLab(ctx context.Context, module, probeSource string) (l *lab, why string, err error) {
	l = &lab{ctx: ctx, random: rand.New(rand.NewPCG(1, 2))}
	if l.dir, err = os.MkdirTemp("", "csta-bench-"); err != nil {
		return nil, "", err
	}
	if l.metrics, err = freeAddress(); err != nil {
		return nil, "", err
	}
	options := freeswitch.Options{
		Module: module, Users: freeswitch.Subscribers(), LogLevel: "warning",
		Parameters: map[string]string{"metrics-listen": l.metrics},
	}
	for n := range nullPhones {
		options.Users = append(options.Users, freeswitch.User{
			ID: nullPhone(n),
			DialString: "{presence_id=${dialed_user}@${dialed_domain},null_pre_answer=true,null_auto_answer_delay=" +
				strconv.Itoa(ringFor) + "}null/${dialed_user}",
		})
	}
	probe, why := buildProbe(probeSource, l.dir)
	if probe != "" {
		options.Extra, l.probed = []string{probe}, true
	}
	if l.sw, err = freeswitch.Start(ctx, options); err != nil {
		return nil, why, errors.Join(err, os.RemoveAll(l.dir))
	}
	if err := l.connect(); err != nil {
		return nil, why, errors.Join(err, l.close())
	}
	return l, why, nil
}

// buildProbe compiles mod_csta_probe. Without a compiler there is none, and why
// says so.
func buildProbe(source, dir string) (file, why string) {
	compiler := os.Getenv("CC")
	if compiler == "" {
		compiler = "cc"
	}
	if _, err := exec.LookPath(compiler); err != nil {
		return "", "no C compiler (" + compiler + "): the time from the firing of an event is not measured"
	}
	file = filepath.Join(dir, "mod_csta_probe.so")
	out, err := exec.Command(compiler, "-std=gnu11", "-O2", "-fPIC", "-shared", "-fvisibility=hidden", "-o", file, source).CombinedOutput()
	if err != nil {
		return "", fmt.Sprintf("%s does not compile: %v: %s", source, err, out)
	}
	return file, ""
}

func (l *lab) connect() error {
	var err error
	if l.driver, err = dialEventSocket(l.sw, nil); err != nil {
		return err
	}
	for _, p := range []struct {
		user string
		to   **phone.Phone
	}{{caller, &l.caller}, {callee, &l.callee}} {
		made, err := phone.New(phone.Config{User: p.user, Domain: freeswitch.Domain, Proxy: l.sw.Proxy(freeswitch.Domain)})
		if err != nil {
			return err
		}
		*p.to = made
		if err := made.Register(l.ctx); err != nil {
			return err
		}
	}
	return nil
}

func (l *lab) close() error {
	var errs []error
	for _, p := range []*phone.Phone{l.caller, l.callee} {
		if p != nil {
			errs = append(errs, p.Close())
		}
	}
	if l.driver != nil {
		l.driver.close()
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(l.ctx), time.Minute)
	defer cancel()
	return errors.Join(append(errs, l.sw.Stop(ctx), os.RemoveAll(l.dir))...)
}

// api runs a command on the switch.
func (l *lab) api(command string) (string, error) {
	out, err := l.driver.command("api " + command)
	if err != nil {
		return "", fmt.Errorf("%s: %w", command, err)
	}
	if strings.HasPrefix(out, "-ERR") {
		return "", fmt.Errorf("%s: %s", command, strings.TrimSpace(out))
	}
	return out, nil
}

// loadModule and unloadModule change what the switch runs.
func (l *lab) loadModule() error {
	if _, err := l.api("load " + freeswitch.ModuleName); err != nil || !l.isolated {
		return err
	}
	return l.isolate()
}

func (l *lab) isolate() error {
	l.isolated = true
	return aboveOthers(l.sw.PID())
}

func (l *lab) unloadModule() error {
	_, err := l.api("unload " + freeswitch.ModuleName)
	return err
}

// clients connects a CSTA client that monitors the devices, and an event-socket
// client, as wanted.
type clients struct {
	csta *cstaClient
	esl  *eventSocket
	// toldCSTA and toldESL note what they are told.
	toldCSTA, toldESL *arrivals
}

func (l *lab) clients(withCSTA, withESL bool, devices []string) (*clients, error) {
	c := &clients{toldCSTA: newArrivals(), toldESL: newArrivals()}
	var err error
	if withCSTA {
		if c.csta, err = dialCSTA(l.sw.CSTAAddress(), c.toldCSTA.onDocument); err != nil {
			return nil, err
		}
		for _, d := range devices {
			if _, err := c.csta.monitor(d); err != nil {
				return nil, errors.Join(err, c.close())
			}
		}
	}
	if withESL {
		if c.esl, err = dialEventSocket(l.sw, c.toldESL.onEvent); err == nil {
			err = c.esl.subscribe("plain")
		}
		if err != nil {
			return nil, errors.Join(err, c.close())
		}
	}
	return c, nil
}

func (c *clients) close() error {
	if c.csta != nil {
		c.csta.close()
	}
	if c.esl != nil {
		c.esl.close()
	}
	return nil
}

func allNullPhones() []string {
	var devices []string
	for n := range nullPhones {
		devices = append(devices, nullPhone(n))
	}
	return devices
}

// holdFor is how long a driven call lasts from its beginning.
const holdFor = time.Second

// drive makes calls between null phones at a rate per second and waits for their
// end. The legs are the switch's own; only the commands come from outside.
func (l *lab) drive(rate float64, calls int) error {
	l.driver.forget.Store(true)
	gap := time.Duration(float64(time.Second) / rate)
	var pending sync.WaitGroup
	var failed error
	var once sync.Once
	next := time.Now()
	for n := range calls {
		time.Sleep(time.Until(next))
		next = next.Add(gap)
		id := uuid.NewString()
		a, b := nullPhone(2*n), nullPhone(2*n+1)
		if err := l.driver.send(fmt.Sprintf("bgapi originate {origination_uuid=%s}user/%s@%s %s XML default", id, a, freeswitch.Domain, b)); err != nil {
			return err
		}
		pending.Add(1)
		time.AfterFunc(holdFor, func() {
			defer pending.Done()
			if err := l.driver.send("bgapi uuid_kill " + id); err != nil {
				once.Do(func() { failed = err })
			}
		})
	}
	pending.Wait()
	if failed != nil {
		return failed
	}
	return l.settle()
}

// settle waits until no call is left and nothing of it is on its way.
func (l *lab) settle() error {
	ctx, cancel := context.WithTimeout(l.ctx, time.Minute)
	defer cancel()
	if err := l.sw.WaitIdle(ctx); err != nil {
		return err
	}
	// Events of the end, and the event socket's poll.
	time.Sleep(200 * time.Millisecond)
	l.driver.forget.Store(false)
	return nil
}
