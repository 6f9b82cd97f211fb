-- Nothing but new sessions.
local headers = { ["Content-Type"] = "application/json", ["Accept"] = "application/json, text/event-stream" }
local body = '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}'
request = function() return wrk.format("POST", "/mcp", headers, body) end
