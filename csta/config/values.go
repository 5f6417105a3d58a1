package config

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"mod_csta_socket/csta/switching"
)

const (
	// maxText bounds a name; the longest real one is a domain name.
	maxText = 253
	// maxInterval bounds the timers to a day, well inside time.Duration.
	maxInterval = 86400
	// maxCount bounds the numbers of connections: one address has no more ports.
	maxCount = 65535
	// maxVariables bounds loopback-originate-params, which goes into every
	// dial string.
	maxVariables = 64
	// maxTrunks bounds predictive-call-addresses.
	maxTrunks = 256
	// maxOrigins bounds ws-origins, which each WebSocket is looked up in.
	maxOrigins = 64
)

func setAddr(dst *netip.Addr, v string) bool {
	if strings.HasPrefix(v, "[") && strings.HasSuffix(v, "]") {
		v = v[1 : len(v)-1]
	}
	addr, err := netip.ParseAddr(v)
	if err != nil {
		return false
	}
	*dst = addr
	return true
}

func setOptionalAddr(dst *netip.Addr, v string) bool {
	if v == "" {
		*dst = netip.Addr{}
		return true
	}
	return setAddr(dst, v) && !dst.IsUnspecified() && !dst.IsMulticast()
}

func setPort(dst *uint16, v string) bool {
	if v == "" {
		*dst = 0
		return true
	}
	n, err := strconv.ParseUint(v, 10, 16)
	if err != nil || n == 0 {
		return false
	}
	*dst = uint16(n)
	return true
}

// setAddrPort takes what one can listen on: an address, and a port that is not 0.
func setAddrPort(dst *netip.AddrPort, v string) bool {
	if v == "" {
		*dst = netip.AddrPort{}
		return true
	}
	addr, err := netip.ParseAddrPort(v)
	if err != nil || addr.Port() == 0 {
		return false
	}
	*dst = addr
	return true
}

func setCount(dst *int, v string, least int) bool {
	n, err := strconv.Atoi(v)
	if err != nil || n < least || n > maxCount {
		return false
	}
	*dst = n
	return true
}

func setSeconds(dst *time.Duration, v string, least int) bool {
	n, err := strconv.Atoi(v)
	if err != nil || n < least || n > maxInterval {
		return false
	}
	*dst = time.Duration(n) * time.Second
	return true
}

// setMebibytes takes a number of MiB, at most that many, and stores it in bytes.
func setMebibytes(dst *int, v string, most int) bool {
	var n int
	if !setCount(&n, v, 0) || n > most {
		return false
	}
	*dst = n << 20
	return true
}

// setBool takes what the documentation says, and the words that FreeSWITCH
// takes in its own configuration.
func setBool(dst *bool, v string) bool {
	switch strings.ToLower(v) {
	case "1", "true", "yes", "on", "enabled":
		*dst = true
	case "0", "false", "no", "off", "disabled":
		*dst = false
	default:
		return false
	}
	return true
}

func setCallID(numbers *bool, v string) bool {
	*numbers = v == "number"
	return *numbers || v == "uuid"
}

func setGreeting(dst *Greeting, v string) bool {
	switch v {
	case "heartbeat":
		*dst = GreetWithHeartbeat
	case "always":
		*dst = GreetAlways
	case "never":
		*dst = GreetNever
	default:
		return false
	}
	return true
}

func setText(dst *string, v string, allowed func(byte) bool) bool {
	if len(v) > maxText || !all(v, allowed) {
		return false
	}
	*dst = v
	return true
}

func setDirectory(dst *string, v string) bool {
	if v != "" && !switching.ValidDirectory(v) {
		return false
	}
	*dst = v
	return true
}

func setVariables(dst *[]Variable, v string) bool {
	var list []Variable
	for pair := range strings.SplitSeq(v, ",") {
		pair = strings.TrimSpace(pair)
		if pair == "" {
			continue
		}
		name, value, ok := strings.Cut(pair, "=")
		if !ok || name == "" || !all(name, variableByte) || !all(value, valueByte) {
			return false
		}
		list = append(list, Variable{name, value})
	}
	if len(list) > maxVariables {
		return false
	}
	*dst = list
	return true
}

// setTrunks bounds the list: each such call is compared with all of it.
func setTrunks(dst *switching.Trunks, v string) bool {
	list, ok := switching.ParseTrunks(v)
	if !ok || strings.Count(v, ",") >= maxTrunks {
		return false
	}
	*dst = list
	return true
}

func setOrigins(dst *[]string, v string) bool {
	list, ok := ParseOrigins(v)
	if ok {
		*dst = list
	}
	return ok
}

// ParseOrigins reads origins separated by commas, and writes them as browsers do: in
// small letters, without the usual port.
func ParseOrigins(v string) (list []string, ok bool) {
	for one := range strings.SplitSeq(strings.ToLower(v), ",") {
		one = strings.TrimSpace(one)
		if one == "" {
			continue
		}
		scheme, authority, ok := strings.Cut(one, "://")
		usual := map[string]string{"http": ":80", "https": ":443"}[scheme]
		if !ok || usual == "" || len(one) > maxText || !validAuthority(authority) {
			return nil, false
		}
		list = append(list, scheme+"://"+strings.TrimSuffix(authority, usual))
	}
	return list, len(list) <= maxOrigins
}

// validAuthority allows a host, or an IPv6 address in brackets, and a port.
func validAuthority(s string) bool {
	host, port := s, "1"
	if i := strings.LastIndexByte(s, ':'); i > strings.LastIndexByte(s, ']') {
		host, port = s[:i], s[i+1:]
	}
	var n uint16
	if port == "" || !setPort(&n, port) {
		return false
	}
	if strings.HasPrefix(host, "[") && strings.HasSuffix(host, "]") {
		addr, err := netip.ParseAddr(host[1 : len(host)-1])
		return err == nil && addr.Is6() && addr.Zone() == ""
	}
	return host != "" && all(host, hostByte)
}

func all(s string, allowed func(byte) bool) bool {
	for i := 0; i < len(s); i++ {
		if !allowed(s[i]) {
			return false
		}
	}
	return true
}

func alphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func variableByte(c byte) bool { return alphanumeric(c) || c == '_' || c == '-' }

func nameByte(c byte) bool { return variableByte(c) || c == '.' }

func hostByte(c byte) bool { return alphanumeric(c) || c == '-' || c == '.' }

// aclByte allows list names and networks in CIDR notation.
func aclByte(c byte) bool { return nameByte(c) || c == ':' || c == '/' }

// pathByte allows what files are called.
func pathByte(c byte) bool { return c >= ' ' && c != 0x7f }

// valueByte refuses what FreeSWITCH reads as syntax in a dial string.
func valueByte(c byte) bool {
	return c >= ' ' && c != 0x7f && !strings.ContainsRune("{}[]<>|&^$'\"\\", rune(c))
}
