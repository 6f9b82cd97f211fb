package io.github.mcpsession.web;

import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

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

	private final TreeSet<String> supported;

	ProtocolVersions(Collection<String> supported) {
		this.supported = new TreeSet<>(supported);
	}

	/**
	 * Whether a request is to be served. Without the header, or with an empty one, it is
	 * 2025-03-26, which knew none.
	 */
	boolean areServed(HttpServletRequest request) {
		return Collections.list(request.getHeaders(HttpHeaders.PROTOCOL_VERSION))
			.stream()
			.flatMap((header) -> Arrays.stream(header.split(",")))
			.map(String::strip)
			.allMatch((version) -> version.isEmpty() || isServed(version));
	}

	private boolean isServed(String version) {
		return this.supported.contains(version) || version.startsWith(DRAFT)
				|| (REVISION.matcher(version).matches() && version.compareTo(this.supported.last()) > 0);
	}

	Set<String> supported() {
		return Collections.unmodifiableSet(this.supported);
	}

}
