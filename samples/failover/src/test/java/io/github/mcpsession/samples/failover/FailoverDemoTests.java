package io.github.mcpsession.samples.failover;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The demonstration itself.
 */
class FailoverDemoTests {

	@Test
	void theSessionSurvives() {
		ByteArrayOutputStream output = new ByteArrayOutputStream();
		PrintStream out = new PrintStream(output, true, StandardCharsets.UTF_8);
		boolean survived = new FailoverDemo(Path.of("target", "failover-test"), out).run();
		String text = output.toString(StandardCharsets.UTF_8);
		assertThat(survived).as(text).isTrue();
		assertThat(text).contains("node-1  KILLED", "call 22, count 22").contains("PASSED").doesNotContain("FAILED");
		assertThat(ProcessHandle.current().descendants()).as("processes left").isEmpty();
	}

}
