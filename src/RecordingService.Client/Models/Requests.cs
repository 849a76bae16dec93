namespace RecordingService.Client;

/// <summary>A request to record a class.</summary>
public sealed record StartRecordingRequest
{
    /// <summary>Channel of the class: 1 to 64 characters out of a-z A-Z 0-9, space and !#$%&amp;()+-:;&lt;=.&gt;?@[]^_{}|~,</summary>
    public required string Channel { get; init; }

    /// <summary>Name of a room type: one-to-one, small-class, lecture, exam, or one of your own. It decides layout, quality, idle time and duration.</summary>
    public required string RoomType { get; init; }

    /// <summary>Agora project. <value>Default: the default project of the service.</value></summary>
    public string? Project { get; init; }

    /// <summary>Tells several recordings of one channel apart: 1 to 32 of a-z 0-9 and -. <value>Default: main.</value></summary>
    public string? Label { get; init; }

    /// <summary>Your own id for the class, up to 200 characters. Recordings can be listed by it.</summary>
    public string? ExternalId { get; init; }

    /// <summary>Recording mode. <value>Default: the room type's.</value></summary>
    public RecordingMode? Mode { get; init; }

    /// <summary>Encryption of the channel, the very same that its clients use. <value>Default: none.</value></summary>
    public EncryptionRequest? Encryption { get; init; }

    /// <summary>The page to record; required in web page mode, and for it only.</summary>
    public WebPage? WebPage { get; init; }

    /// <summary>Where the files go. <value>Default: the room type's or the project's own profile.</value></summary>
    public string? StorageProfile { get; init; }

    /// <summary>Longest recording, 1 min to 23 h 30 min. <value>Default: the room type's.</value></summary>
    public TimeSpan? MaxDuration { get; init; }

    /// <summary>Longest expected time without a publisher, zero to 12 h. It only raises the room type's. <value>Default: the room type's.</value></summary>
    public TimeSpan? LongestBreak { get; init; }

    /// <summary>Your own data: at most 20 texts, names up to 50 characters, values up to 500.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }
}

/// <summary>Encryption of a channel.</summary>
public sealed record EncryptionRequest
{
    /// <summary>Algorithm of the clients.</summary>
    public required EncryptionMode Mode { get; init; }

    /// <summary>Name of the key in the configuration of the Agora project; the key itself is never sent.</summary>
    public required string Key { get; init; }

    /// <summary>The 32 bytes of the clients in base64; required by the GCM2 modes, and for them only.</summary>
    public string? Salt { get; init; }

    /// <summary>What may be shown of it: not the salt.</summary>
    /// <returns>Algorithm and name of the key.</returns>
    public override string ToString() => $"{nameof(EncryptionRequest)} {{ Mode = {Mode}, Key = {Key} }}";
}

/// <summary>Changes to a live recording. What is left out stays as it is; one at least is needed.</summary>
public sealed record ChangeRecordingRequest
{
    /// <summary>New longest recording, counted from its acceptance, 1 min to 23 h 30 min.</summary>
    public TimeSpan? MaxDuration { get; init; }

    /// <summary>New longest expected time without a publisher, zero to 12 h. Agora fixes the idle time of a running recorder, so recorders started later use it.</summary>
    public TimeSpan? LongestBreak { get; init; }

    /// <summary>Replaces your own data: at most 20 texts, names up to 50 characters, values up to 500.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }
}

/// <summary>Who wants something done to a recording, and why. Both are kept and shown in its timeline.</summary>
public sealed record OperatorActionRequest
{
    /// <summary>Name of the operator: 1 to 100 characters, none of them a control character.</summary>
    public required string Operator { get; init; }

    /// <summary>Why: 1 to 500 characters, none of them a control character.</summary>
    public required string Note { get; init; }
}

/// <summary>Which recordings a list holds; each member that is set narrows it down.</summary>
public sealed record RecordingFilter
{
    /// <summary>Only this channel.</summary>
    public string? Channel { get; init; }

    /// <summary>Only this state.</summary>
    public RecordingState? State { get; init; }

    /// <summary>Only this room type.</summary>
    public string? RoomType { get; init; }

    /// <summary>Only this project.</summary>
    public string? Project { get; init; }

    /// <summary>Only this id of yours.</summary>
    public string? ExternalId { get; init; }

    /// <summary>Accepted at or after.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Accepted before.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>Recordings per page, 1 to 200. <value>Default: 50.</value></summary>
    public int? PageSize { get; init; }
}
