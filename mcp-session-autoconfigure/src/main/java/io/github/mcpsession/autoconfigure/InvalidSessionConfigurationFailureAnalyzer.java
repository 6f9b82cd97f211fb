package io.github.mcpsession.autoconfigure;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Says what to change when the configuration of MCP sessions cannot work.
 */
class InvalidSessionConfigurationFailureAnalyzer extends AbstractFailureAnalyzer<InvalidSessionConfigurationException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, InvalidSessionConfigurationException cause) {
		return new FailureAnalysis(String.valueOf(cause.getMessage()), cause.getAction(), cause);
	}

}
