package io.github.mcpsession.nodes;

import java.util.ArrayList;
import java.util.List;

import io.github.mcpsession.testing.ProcessNode;
import io.github.mcpsession.testing.RawClient;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Two processes on one store, of which one is killed.
 */
abstract class ProcessFailoverContract {

	protected abstract List<String> storeProperties();

	/**
	 * How often the id of a session occurs in the store, as seen without our code.
	 */
	protected abstract long occurrences(String sessionId);

	@Test
	void aSessionOutlivesTheProcessThatItWasInitializedOn() {
		List<ProcessNode> started = new ArrayList<>();
		try {
			ProcessNode a = ProcessNode.start("A", storeProperties());
			started.add(a);
			ProcessNode b = ProcessNode.start("B", storeProperties());
			started.add(b);
			RawClient client = new RawClient().initialize(a.uri());
			assertThat(occurrences(client.sessionId())).isOne();
			assertThat(client.call(a.uri(), "whoami")).isEqualTo(client.sessionId());
			assertThat(client.call(b.uri(), "whoami")).isEqualTo(client.sessionId());
			assertThat(client.call(a.uri(), "count")).isEqualTo("1");
			a.kill();
			assertThat(client.call(b.uri(), "count")).isEqualTo("2");
			a = ProcessNode.start("A2", a.port(), storeProperties());
			started.add(a);
			assertThat(client.call(a.uri(), "count")).isEqualTo("3");
			assertThat(client.call(a.uri(), "whoami")).isEqualTo(client.sessionId());
			assertThat(client.call(b.uri(), "count")).isEqualTo("4");
			assertThat(client.delete(b.uri()).statusCode()).isEqualTo(200);
			RawClient.assertNotFound(client.tryCall(a.uri(), "count"));
			RawClient.assertNotFound(client.tryCall(b.uri(), "count"));
			assertThat(occurrences(client.sessionId())).isZero();
		}
		finally {
			started.forEach(ProcessNode::close);
		}
	}

}
