package io.github.mcpsession.server;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The build runs tests twice: make sure that the second run is with the SDK that it is
 * meant to be with.
 */
class SdkVersionTests {

	@Test
	void theSdkIsTheOneThatWasAskedFor() {
		assertThat(SdkInternals.version()).isEqualTo(System.getProperty("test.mcp-core"));
	}

}
