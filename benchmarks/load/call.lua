-- Calls of a tool (TOOL), over the sessions in the file SIDS in turn.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Accept"] = "application/json,text/event-stream"
local sids = {}
for line in io.lines(os.getenv("SIDS")) do sids[#sids + 1] = line end
local i = 0
local body = '{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"' .. os.getenv("TOOL") .. '","arguments":{"text":"hi"}}}'
request = function()
  i = i % #sids + 1
  wrk.headers["Mcp-Session-Id"] = sids[i]
  return wrk.format("POST", "/mcp", wrk.headers, body)
end
