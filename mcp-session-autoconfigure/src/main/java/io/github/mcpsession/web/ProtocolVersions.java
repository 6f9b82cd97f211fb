package io.github.mcpsession.web;

import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import io.modelcontextprotocol.spec.HttpHeaders;
import jakarta.servlet.http.HttpServletRequest;

/**
 * The protocol versions that a request may name. One that is newer than what the
 * transport knows is served as the version that was negotiated, as the transport would: a
 * client may name the newest that it knows on all requests.
 */
final class ProtocolVersions {

	private static final Pattern REVISION = Pattern.compile("\\d{4}-\\d{2}-\\d{2}");

	private static final String DRAFT = "DRAFT-";

	/**
	 * Those that were, whichever of them a transport has chosen to support.
	 */
	private static final Set<String> KNOWN = Set.of("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25");

	private final TreeSet<String> supported;

	private final boolean strict;

	/**
	 * Create versions.
	 * @param supported those that the transport supports
	 * @param strict whether to serve no other
	 */
	ProtocolVersions(Collection<String> supported, boolean strict) {
		this.supported = new TreeSet<>(supported);
		this.strict = strict;
	}

	/**
	 * Whether a request is to be served. Without the header, or with an empty one, it is
	 * 2025-03-26, which knew none.
	 */
	boolean areServed(HttpServletRequest request) {
		return named(request).allMatch((version) -> this.supported.contains(version)
				|| (!this.strict && (KNOWN.contains(version) || isNewer(version))));
	}

	/**
	 * Whether a request names one that is newer than those that are supported.
	 */
	boolean isNewer(HttpServletRequest request) {
		return named(request).anyMatch(this::isNewer);
	}

	private static Stream<String> named(HttpServletRequest request) {
		return Collections.list(request.getHeaders(HttpHeaders.PROTOCOL_VERSION))
			.stream()
			.flatMap((header) -> Arrays.stream(header.split(",")))
			.map(String::strip)
			.filter((version) -> !version.isEmpty());
	}

	private boolean isNewer(String version) {
		return version.startsWith(DRAFT)
				|| (REVISION.matcher(version).matches() && version.compareTo(this.supported.last()) > 0);
	}

	Set<String> supported() {
		return Collections.unmodifiableSet(this.supported);
	}

}
