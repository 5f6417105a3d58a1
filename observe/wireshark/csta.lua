-- Dissector of CSTA XML over TCP, ECMA-323 Annex J.2 (without SOAP):
--
--   2 bytes  format indicator, 0 = XML without SOAP
--   2 bytes  length of the whole frame with these 8 bytes, big endian
--   4 bytes  invoke ID, ASCII digits; 9999 = event
--   the XML document
--
-- Copy it into Wireshark's directory of personal Lua plugins (Help, About, Folders), or
--   tshark -X lua_script:csta.lua -r capture.pcap -Y csta
-- Later versions (4.4) run no plugins for root. Port 3000 is CSTA; others by the preference of the protocol, or Decode As.

local csta = Proto("csta", "CSTA XML over TCP (ECMA-323 Annex J.2)")

local fields = {
	format = ProtoField.uint16("csta.format", "Format indicator", base.HEX, { [0] = "XML without SOAP" }),
	length = ProtoField.uint16("csta.length", "Length", base.DEC),
	invoke = ProtoField.string("csta.invoke", "Invoke ID"),
	message = ProtoField.string("csta.message", "Message"),
	edition = ProtoField.string("csta.edition", "Namespace"),
	monitor = ProtoField.string("csta.monitor", "Monitor cross reference ID"),
	call = ProtoField.string("csta.call", "Call ID"),
	error = ProtoField.string("csta.error", "CSTA error"),
	event = ProtoField.bool("csta.event", "Event"),
	request = ProtoField.framenum("csta.request", "Request in", base.NONE, frametype.REQUEST),
	answer = ProtoField.framenum("csta.answer", "Answer in", base.NONE, frametype.RESPONSE),
}
csta.fields = fields

local malformed = ProtoExpert.new("csta.malformed", "No CSTA frame", expert.group.MALFORMED, expert.severity.ERROR)
local refused = ProtoExpert.new("csta.refused", "The request was refused", expert.group.RESPONSE_CODE, expert.severity.WARN)
csta.experts = { malformed, refused }

csta.prefs.ports = Pref.range("TCP ports", "3000", "Ports on which CSTA is expected", 65535)

local HEADER = 8
local EVENT = "9999"

-- requests[conversation][invoke] are the frames of requests and of their answers, filled
-- when the capture is read for the first time: an invoke ID is used again later.
local requests, answered = {}, {}
function csta.init()
	requests, answered = {}, {}
end

local function conversation(pinfo, back)
	local here, there = tostring(pinfo.src) .. ":" .. pinfo.src_port, tostring(pinfo.dst) .. ":" .. pinfo.dst_port
	if back then
		here, there = there, here
	end
	return here .. ">" .. there
end

-- root is the document's element, without prefix, and its namespace.
local function root(xml)
	local tag, attributes = xml:gsub("<%?.-%?>", ""):gsub("<!%-%-.-%-%->", ""):match("<([%w_:.%-]+)([^>]*)>")
	if not tag then
		return nil
	end
	local prefix = tag:match("^([^:]+):")
	local namespace = attributes:match((prefix and "xmlns:" .. prefix:gsub("%p", "%%%0") or "xmlns") .. "%s*=%s*[\"']([^\"']*)")
	return tag:match("[^:]+$"), namespace
end

local function inside(xml, element)
	return xml:match("<[%w_]*:?" .. element .. "[^>]*>%s*([^<]-)%s*<")
end

-- isAnswer tells answers from requests by the document, as ECMA-323 names them.
local function isAnswer(message)
	return message == "CSTAErrorCode" or message:match("Response$") ~= nil
end

local function dissect(tvb, pinfo, tree)
	local length = tvb(2, 2):uint()
	local sub = tree:add(csta, tvb(0, length))
	sub:add(fields.format, tvb(0, 2))
	sub:add(fields.length, tvb(2, 2))
	local invoke = tvb(4, 4):string()
	sub:add(fields.invoke, tvb(4, 4))
	pinfo.cols.protocol = "CSTA"
	if length == HEADER then
		return length
	end
	local body = tvb(HEADER, length - HEADER)
	local xml = body:string()
	local message, namespace = root(xml)
	if not message then
		sub:add_proto_expert_info(malformed, "no XML document")
		return length
	end
	sub:append_text(": " .. message)
	sub:add(fields.message, body, message)
	if namespace then
		sub:add(fields.edition, body, namespace)
	end
	sub:add(fields.event, invoke == EVENT)
	for element, field in pairs({ monitorCrossRefID = fields.monitor, callID = fields.call }) do
		local value = inside(xml, element)
		if value then
			sub:add(field, body, value)
		end
	end
	local said = invoke .. " " .. message
	if message == "CSTAErrorCode" then
		local kind, value = xml:match("<[%w_:.%-]*CSTAErrorCode.->%s*<([%w_:.%-]+)[^>]*>%s*([^<]-)%s*<")
		if kind then
			kind = kind:match("[^:]+$")
			sub:add(fields.error, body, kind .. ": " .. value)
			sub:add_proto_expert_info(refused, kind .. ": " .. value)
			said = said .. " " .. value
		end
	end
	if invoke ~= EVENT then
		local key = pinfo.number .. " " .. tvb:offset() .. " " .. invoke
		if isAnswer(message) then
			local asked = requests[conversation(pinfo, true)] or {}
			if not pinfo.visited and asked[invoke] then
				answered[key] = asked[invoke].frame
				answered[asked[invoke].key] = pinfo.number
				asked[invoke] = nil
			end
			if answered[key] then
				sub:add(fields.request, answered[key]):set_generated()
			end
		else
			local name = conversation(pinfo, false)
			requests[name] = requests[name] or {}
			if not pinfo.visited then
				requests[name][invoke] = { frame = pinfo.number, key = key }
			end
			if answered[key] then
				sub:add(fields.answer, answered[key]):set_generated()
			end
		end
	end
	if pinfo.cols.info then
		pinfo.cols.info:append((tostring(pinfo.cols.info):match("^%d%d%d%d ") and ", " or "") .. said)
	end
	Dissector.get("xml"):call(body:tvb(), pinfo, sub)
	pinfo.cols.protocol = "CSTA"
	return length
end

function csta.dissector(tvb, pinfo, tree)
	if tvb:len() >= 4 and (tvb(0, 2):uint() ~= 0 or tvb(2, 2):uint() < HEADER) then
		tree:add(csta, tvb()):add_proto_expert_info(malformed, "the header is not that of Annex J.2")
		return tvb:len()
	end
	pinfo.cols.info:clear()
	dissect_tcp_pdus(tvb, tree, HEADER, function(header)
		return math.max(HEADER, header(2, 2):uint())
	end, dissect)
	return tvb:len()
end

local function register()
	DissectorTable.get("tcp.port"):set(csta.prefs.ports, csta)
end
register()
function csta.prefs_changed()
	register()
end
