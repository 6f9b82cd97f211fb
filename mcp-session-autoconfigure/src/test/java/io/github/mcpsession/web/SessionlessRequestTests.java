package io.github.mcpsession.web;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;

import org.junit.jupiter.api.Test;

import org.springframework.mock.web.MockHttpServletRequest;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Spring AI 2.0.1 refuses an {@code initialize} with a session id.
 */
class SessionlessRequestTests {

	private final MockHttpServletRequest original = new MockHttpServletRequest("POST", "/mcp");

	@Test
	void theTransportSeesNoSessionIdAndTheWholeBody() throws IOException {
		this.original.addHeader("Mcp-Session-Id", "x");
		this.original.addHeader("Accept", "application/json");
		byte[] body = "{\"id\":1}".getBytes(StandardCharsets.UTF_8);
		this.original.setContent(body);
		ReadAhead begin = new ReadAhead(this.original.getInputStream().readNBytes(3));
		SessionlessRequest request = new SessionlessRequest(begin.followedBy(this.original));
		assertThat(request.getHeader("mcp-session-id")).isNull();
		assertThat(Collections.list(request.getHeaders("Mcp-Session-Id"))).isEmpty();
		assertThat(Collections.list(request.getHeaderNames())).containsExactly("Accept");
		assertThat(request.getHeader("Accept")).isEqualTo("application/json");
		assertThat(request.getReader().readLine()).isEqualTo("{\"id\":1}");
		assertThat(request.getContentAsByteArray()).isEqualTo(body);
	}

}
