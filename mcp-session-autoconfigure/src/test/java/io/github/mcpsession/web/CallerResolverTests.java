package io.github.mcpsession.web;

import java.security.Principal;

import io.github.mcpsession.CallerResolver;
import org.junit.jupiter.api.Test;

import org.springframework.mock.web.MockHttpServletRequest;

import static org.assertj.core.api.Assertions.assertThat;

class CallerResolverTests {

	private static String resolve(Principal principal) {
		MockHttpServletRequest request = new MockHttpServletRequest();
		request.setUserPrincipal(principal);
		return CallerResolver.principalName().resolve(request);
	}

	@Test
	void onlyWhoIsNotAuthenticatedIsAnonymous() {
		assertThat(resolve(null)).isNull();
		assertThat(resolve(() -> "alice")).isEqualTo("alice");
		assertThat(resolve(() -> null)).isEmpty();
		assertThat(resolve(() -> " ")).isBlank();
	}

}
