package io.github.mcpsession.support;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

import io.github.mcpsession.SessionIds;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Which tools, prompts and resources the client of a session knows of: a hash of each
 * list. As text: {@code tools=<hash>,prompts=<hash>;<notified>;<milliseconds>}.
 *
 * @param hashes the hashes by the names of the lists
 * @param notified how often the client was notified of other lists
 * @param since when that was last, in milliseconds since 1970 by the clock of a node
 */
public record OfferedLists(Map<String, String> hashes, int notified, long since) {

	private static final int HASH_LENGTH = 12;

	private static final long FIRST_WAIT_MILLIS = 60_000;

	private static final int MAX_DOUBLINGS = 16;

	public OfferedLists {
		hashes = new TreeMap<>(hashes);
	}

	/**
	 * Read what a record says.
	 * @param text the text
	 * @return the lists, {@code null} if that is none
	 */
	public static @Nullable OfferedLists of(@Nullable String text) {
		String[] parts = (text != null) ? text.split(";") : new String[0];
		try {
			return (parts.length == 3)
					? new OfferedLists(hashes(parts[0]), Integer.parseInt(parts[1]), Long.parseLong(parts[2])) : null;
		}
		catch (NumberFormatException ex) {
			return null;
		}
	}

	private static Map<String, String> hashes(String text) {
		Map<String, String> hashes = new LinkedHashMap<>();
		for (String part : text.split(",")) {
			int separator = part.indexOf('=');
			if (separator > 0) {
				hashes.put(part.substring(0, separator), part.substring(separator + 1));
			}
		}
		return hashes;
	}

	/**
	 * The hash of a list, in whichever order it is.
	 * @param items the JSON of the items
	 * @return the hash
	 */
	public static String hash(JsonNode items) {
		String sorted = items.valueStream().map(JsonNode::toString).sorted().collect(Collectors.joining("\n"));
		return SessionIds.hash(sorted).substring(0, HASH_LENGTH);
	}

	/**
	 * The lists that are others now.
	 * @param now the hashes of what is offered now
	 * @return the names of those lists
	 */
	public List<String> changed(Map<String, String> now) {
		return this.hashes.entrySet()
			.stream()
			.filter((list) -> now.containsKey(list.getKey()) && !list.getValue().equals(now.get(list.getKey())))
			.map(Map.Entry::getKey)
			.toList();
	}

	/**
	 * Whether the client may be notified again. While nodes of two releases serve it, it
	 * is notified ever more rarely.
	 * @param now the time in milliseconds
	 * @return whether enough time has passed
	 */
	public boolean isDue(long now) {
		return this.notified == 0
				|| now - this.since >= FIRST_WAIT_MILLIS << Math.min(this.notified - 1, MAX_DOUBLINGS);
	}

	/**
	 * The same, once the client was notified.
	 * @param now the hashes of what is offered now
	 * @param time the time in milliseconds
	 * @return what it knows then
	 */
	public OfferedLists notified(Map<String, String> now, long time) {
		Map<String, String> known = new TreeMap<>(this.hashes);
		known.replaceAll((name, hash) -> now.getOrDefault(name, hash));
		return new OfferedLists(known, this.notified + 1, time);
	}

	@Override
	public String toString() {
		return this.hashes.entrySet()
			.stream()
			.map((list) -> list.getKey() + '=' + list.getValue())
			.collect(Collectors.joining(",")) + ';' + this.notified + ';' + this.since;
	}

}
