package io.github.mcpsession.cluster;

import java.util.Set;
import java.util.TreeSet;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices which other nodes come and go, and logs each change once. For use by one thread
 * at a time.
 */
public final class NodeWatch {

	private static final Logger logger = LoggerFactory.getLogger(NodeWatch.class);

	private final Node node;

	private Set<String> known = Set.of();

	private boolean unsure;

	private boolean begun;

	/**
	 * Create a watch.
	 * @param node this node
	 */
	public NodeWatch(Node node) {
		this.node = node;
	}

	/**
	 * Check which nodes are alive, in one call to the store. To be called at intervals
	 * longer than that of heartbeats.
	 */
	public void checkMembers() {
		Set<String> alive;
		try {
			alive = new TreeSet<>(this.node.nodes().keySet());
		}
		catch (RuntimeException ex) {
			this.unsure = true;
			return;
		}
		if (!alive.remove(this.node.name())) {
			this.unsure = true;
		}
		else if (this.unsure) {
			// the store was unavailable: let the others send a heartbeat first
			this.unsure = false;
		}
		else {
			this.node.foundOthers(Set.copyOf(alive));
			log(alive);
		}
	}

	private void log(Set<String> alive) {
		if (!this.begun) {
			this.begun = true;
			if (!alive.isEmpty()) {
				logger.info("Node {} is in a cluster with {}", this.node.name(), alive);
			}
		}
		else {
			alive.stream()
				.filter((other) -> !this.known.contains(other))
				.forEach((other) -> logger.info("Node {} has joined the cluster", other));
			this.known.stream()
				.filter((other) -> !alive.contains(other))
				.forEach((other) -> logger.info("Node {} is no longer in the cluster", other));
		}
		this.known = alive;
	}

}
