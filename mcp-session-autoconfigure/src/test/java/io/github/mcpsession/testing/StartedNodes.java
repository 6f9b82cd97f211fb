package io.github.mcpsession.testing;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Nodes in this JVM, or processes of their own with {@code -Dcluster.processes=true}.
 */
public final class StartedNodes {

	private static final boolean PROCESSES = Boolean.getBoolean("cluster.processes");

	private final List<Node> nodes = new ArrayList<>();

	private final List<ProcessNode> processes = new ArrayList<>();

	public URI start(String name, List<String> properties) {
		if (PROCESSES) {
			ProcessNode process = ProcessNode.start(name, properties);
			this.processes.add(process);
			return process.uri();
		}
		Node node = Node.start(name, properties);
		this.nodes.add(node);
		return node.uri();
	}

	/**
	 * The node in this JVM that has an address.
	 */
	public Optional<Node> find(URI uri) {
		return this.nodes.stream().filter((node) -> node.uri().equals(uri)).findFirst();
	}

	/**
	 * Stop all of them.
	 */
	public void stop() {
		this.nodes.forEach(Node::close);
		this.nodes.clear();
		this.processes.forEach(ProcessNode::close);
		this.processes.clear();
	}

}
