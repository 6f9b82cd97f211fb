package io.github.mcpsession.guard;

import java.time.Duration;
import java.util.List;
import java.util.Map;

import io.github.mcpsession.cluster.NodeChannel;

/**
 * A channel that answers in time, or throws
 * {@link io.github.mcpsession.SessionStoreException}. Not for receiving, which waits.
 *
 * @param channel the channel
 * @param guard makes the calls
 */
public record GuardedNodeChannel(NodeChannel channel, StoreGuard guard) implements NodeChannel {

	@Override
	public boolean heartbeat(String node, Duration timeout) {
		return this.guard.call("heartbeat", () -> this.channel.heartbeat(node, timeout));
	}

	@Override
	public void leave(String node) {
		this.guard.run("leave", () -> this.channel.leave(node));
	}

	@Override
	public Map<String, Duration> nodes() {
		return this.guard.call("nodes", this.channel::nodes);
	}

	@Override
	public String secret() {
		return this.guard.call("secret", this.channel::secret);
	}

	@Override
	public boolean send(String node, String message) {
		return this.guard.call("send", () -> this.channel.send(node, message));
	}

	@Override
	public void sendToAll(String message) {
		this.guard.run("send-to-all", () -> this.channel.sendToAll(message));
	}

	@Override
	public List<String> receive(String node, Duration timeout) throws InterruptedException {
		return this.channel.receive(node, timeout);
	}

}
