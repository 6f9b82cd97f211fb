package io.github.mcpsession.wire;

import java.util.List;

import io.github.mcpsession.testing.TestApplication;

class WebMvcStreamTests extends StreamContract {

	@Override
	protected List<Class<?>> sources() {
		return List.of(TestApplication.class);
	}

}
