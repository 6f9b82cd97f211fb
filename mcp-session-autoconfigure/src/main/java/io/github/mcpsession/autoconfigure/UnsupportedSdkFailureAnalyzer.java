package io.github.mcpsession.autoconfigure;

import io.github.mcpsession.server.UnsupportedSdkException;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Says which versions of the MCP SDK will do.
 */
class UnsupportedSdkFailureAnalyzer extends AbstractFailureAnalyzer<UnsupportedSdkException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, UnsupportedSdkException cause) {
		return new FailureAnalysis(String.valueOf(cause.getMessage()),
				"Use io.modelcontextprotocol.sdk:mcp-core " + UnsupportedSdkException.SUPPORTED_VERSIONS + " (found: "
						+ cause.getFoundVersion()
						+ "), or a release of mcp-session that supports yours, or set 'mcp.session.enabled=false'.",
				cause);
	}

}
