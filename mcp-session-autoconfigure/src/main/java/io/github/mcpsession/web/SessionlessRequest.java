package io.github.mcpsession.web;

import java.util.Collections;
import java.util.Enumeration;

import io.modelcontextprotocol.spec.HttpHeaders;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;

import org.springframework.web.util.ContentCachingRequestWrapper;

/**
 * A request without a session, as the transport is to see it. If it came with
 * {@code Mcp-Session-Id} nevertheless, the transport does not see that: some refuse an
 * {@code initialize} that has it.
 */
final class SessionlessRequest extends ContentCachingRequestWrapper {

	SessionlessRequest(HttpServletRequest request) {
		super(request, ReadAhead.MAX_LENGTH);
	}

	private static boolean isHidden(String name) {
		return HttpHeaders.MCP_SESSION_ID.equalsIgnoreCase(name);
	}

	@Override
	public @Nullable String getHeader(String name) {
		return isHidden(name) ? null : super.getHeader(name);
	}

	@Override
	public Enumeration<String> getHeaders(String name) {
		return isHidden(name) ? Collections.emptyEnumeration() : super.getHeaders(name);
	}

	@Override
	public Enumeration<String> getHeaderNames() {
		return Collections
			.enumeration(Collections.list(super.getHeaderNames()).stream().filter((name) -> !isHidden(name)).toList());
	}

}
