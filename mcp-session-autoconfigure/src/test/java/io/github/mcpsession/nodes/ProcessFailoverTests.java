package io.github.mcpsession.nodes;

import java.util.ArrayList;
import java.util.List;

import io.github.mcpsession.testing.Backend;
import io.github.mcpsession.testing.OnBackends;
import io.github.mcpsession.testing.ProcessNode;
import io.github.mcpsession.testing.RawClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Two processes on one store, of which one is killed.
 */
@OnBackends({ Backend.REDIS, Backend.POSTGRESQL })
class ProcessFailoverTests {

	@Parameter
	private Backend backend;

	@Test
	void aSessionOutlivesTheProcessThatItWasInitializedOn() {
		List<ProcessNode> started = new ArrayList<>();
		try {
			ProcessNode a = ProcessNode.start("A", this.backend.properties());
			started.add(a);
			ProcessNode b = ProcessNode.start("B", this.backend.properties());
			started.add(b);
			RawClient client = new RawClient().initialize(a.uri());
			assertThat(this.backend.occurrences(client.sessionId())).isOne();
			assertThat(client.call(a.uri(), "whoami")).isEqualTo(client.sessionId());
			assertThat(client.call(b.uri(), "whoami")).isEqualTo(client.sessionId());
			assertThat(client.call(a.uri(), "count")).isEqualTo("1");
			a.kill();
			assertThat(client.call(b.uri(), "count")).isEqualTo("2");
			a = ProcessNode.start("A2", a.port(), this.backend.properties());
			started.add(a);
			assertThat(client.call(a.uri(), "count")).isEqualTo("3");
			assertThat(client.call(a.uri(), "whoami")).isEqualTo(client.sessionId());
			assertThat(client.call(b.uri(), "count")).isEqualTo("4");
			assertThat(client.delete(b.uri()).statusCode()).isEqualTo(200);
			RawClient.assertNotFound(client.tryCall(a.uri(), "count"));
			RawClient.assertNotFound(client.tryCall(b.uri(), "count"));
			assertThat(this.backend.occurrences(client.sessionId())).isZero();
		}
		finally {
			started.forEach(ProcessNode::close);
		}
	}

}
