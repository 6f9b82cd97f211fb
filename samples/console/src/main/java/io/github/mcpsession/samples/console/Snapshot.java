package io.github.mcpsession.samples.console;

import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What the page shows of the two clusters.
 *
 * @param endpoints the MCP endpoints of the two round robins
 * @param sticky whether that of the plain nodes has sticky sessions
 * @param nodes all nodes
 * @param sessions the sessions in the store, as any node with managed sessions lists them
 */
record Snapshot(Map<String, String> endpoints, boolean sticky, List<Node> nodes, List<Session> sessions) {

	private static final JsonMapper json = new JsonMapper();

	/**
	 * A node.
	 *
	 * @param side the cluster that it belongs to
	 * @param letter what it is called
	 * @param state whether it runs
	 * @param inRotation whether the round robin sends requests to it
	 * @param sessions how many sessions it holds, or -1 if nobody knows
	 */
	record Node(String side, String letter, NodeProcess.State state, boolean inRotation, int sessions) {

		private static Node of(String side, NodeProcess node) {
			return new Node(side, node.letter(), node.state(), node.isInRotation(),
					node.sessionHealth("sessions").asInt(-1));
		}

	}

	/**
	 * A session in the store.
	 *
	 * @param session a short hash of its id
	 * @param listeningOn the letter of the node that its client listens to, if it does
	 */
	record Session(String session, String listeningOn) {
	}

	static Snapshot of(Map<String, String> endpoints, boolean sticky, List<NodeProcess> managed,
			List<NodeProcess> plain) {
		return new Snapshot(endpoints, sticky,
				Stream
					.concat(managed.stream().map((node) -> Node.of("managed", node)),
							plain.stream().map((node) -> Node.of("plain", node)))
					.toList(),
				sessions(managed));
	}

	private static List<Session> sessions(List<NodeProcess> nodes) {
		for (NodeProcess node : nodes) {
			if (node.state() == NodeProcess.State.UP) {
				try {
					return json.readTree(node.get("/actuator/mcpsessions"))
						.path("sessions")
						.valueStream()
						.map((session) -> new Session(session.path("session").asString(),
								letter(nodes, session.path("listeningOn"))))
						.sorted(Comparator.comparing(Session::session))
						.toList();
				}
				catch (IOException | JacksonException ex) {
					// the next one will do
				}
			}
		}
		return List.of();
	}

	private static String letter(List<NodeProcess> nodes, JsonNode name) {
		return nodes.stream()
			.filter((node) -> !name.isMissingNode() && node.sessionHealth("node").equals(name))
			.map(NodeProcess::letter)
			.findFirst()
			.orElse("");
	}

}
