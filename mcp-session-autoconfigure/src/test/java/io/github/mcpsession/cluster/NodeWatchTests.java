package io.github.mcpsession.cluster;

import java.time.Duration;
import java.util.Set;

import io.github.mcpsession.memory.MemoryNodeChannel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;

@ExtendWith(OutputCaptureExtension.class)
class NodeWatchTests {

	private static final String OTHER = "00000000000000aa";

	private static final String THIRD = "00000000000000bb";

	private final MemoryNodeChannel channel = new MemoryNodeChannel();

	private final Node node = new Node("test", this.channel, this.channel,
			new NodeSettings(Duration.ofMillis(200), Duration.ofSeconds(30)));

	private final NodeWatch watch = new NodeWatch(this.node);

	@BeforeEach
	void start() {
		this.node.start();
	}

	@AfterEach
	void stop() {
		this.node.stop();
	}

	private void join(String other) {
		this.channel.heartbeat(other, Duration.ofSeconds(30));
	}

	@Test
	void eachChangeIsLoggedOnce(CapturedOutput output) {
		join(OTHER);
		this.watch.checkMembers();
		assertThat(output).contains("is in a cluster with [" + OTHER + "]").doesNotContain("joined");
		join(THIRD);
		for (int i = 0; i < 3; i++) {
			this.watch.checkMembers();
		}
		assertThat(output.getAll().split("Node " + THIRD + " has joined the cluster", -1)).hasSize(2);
		this.channel.leave(OTHER);
		for (int i = 0; i < 3; i++) {
			this.watch.checkMembers();
		}
		assertThat(output.getAll().split("Node " + OTHER + " is no longer in the cluster", -1)).hasSize(2);
		assertThat(output).doesNotContain(OTHER + " has joined").doesNotContain(THIRD + " is no longer");
	}

	@Test
	void aNodeAloneSaysNothing(CapturedOutput output) {
		this.watch.checkMembers();
		this.watch.checkMembers();
		assertThat(output.getAll()).doesNotContain("cluster.NodeWatch");
	}

	/**
	 * A store that was away, or has lost its data, knows each node again when that has
	 * said that it is alive.
	 */
	@Test
	void aStoreThatHasForgottenTheNodesIsNotBelieved(CapturedOutput output) {
		join(OTHER);
		this.watch.checkMembers();
		Node forgotten = new Node("test", this.channel, this.channel,
				new NodeSettings(Duration.ofSeconds(20), Duration.ofSeconds(60)));
		NodeWatch other = new NodeWatch(forgotten);
		forgotten.start();
		try {
			other.checkMembers();
			Set.of(OTHER, forgotten.name()).forEach(this.channel::leave);
			other.checkMembers();
			join(forgotten.name());
			other.checkMembers();
			join(OTHER);
			other.checkMembers();
			assertThat(output).doesNotContain("no longer").doesNotContain("joined");
		}
		finally {
			forgotten.stop();
		}
	}

}
