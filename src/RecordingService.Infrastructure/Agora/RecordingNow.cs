namespace RecordingService.Infrastructure.Agora;

/// <summary>Recording time now, which tokens are issued in; null when it is not known, and then no token is called expired.</summary>
internal delegate DateTimeOffset? RecordingNow();
