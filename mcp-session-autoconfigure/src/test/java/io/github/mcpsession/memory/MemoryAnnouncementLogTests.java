package io.github.mcpsession.memory;

import java.util.HashMap;
import java.util.Map;

import io.github.mcpsession.contract.AnnouncementLogContract;
import io.github.mcpsession.stream.AnnouncementLog;

class MemoryAnnouncementLogTests extends AnnouncementLogContract {

	private final Map<String, AnnouncementLog> logs = new HashMap<>();

	@Override
	protected AnnouncementLog createLog(String namespace) {
		return this.logs.computeIfAbsent(namespace, (name) -> new MemoryAnnouncementLog());
	}

}
