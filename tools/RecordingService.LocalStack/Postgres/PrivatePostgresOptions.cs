namespace RecordingService.LocalStack.Postgres;

/// <summary>Says where a <see cref="PrivatePostgres"/> keeps its data and for how long.</summary>
public sealed record PrivatePostgresOptions
{
    /// <summary>Gets the folder of the cluster; it is created, and holds nothing else.</summary>
    /// <value>Null: a folder of its own under the temporary folder, always thrown away.</value>
    public string? Folder { get; init; }

    /// <summary>Gets whether the cluster gives up durability for speed and is deleted when it stops.</summary>
    /// <value>False: data is kept and survives a crash.</value>
    public bool ThrowAway { get; init; }

    /// <summary>Gets whether what an earlier run left in the folder is deleted first.</summary>
    public bool Fresh { get; init; }

    /// <summary>Gets how long the server may take until it accepts connections.</summary>
    /// <value>60 seconds.</value>
    public TimeSpan ReadyWithin { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Gets the receiver of remarks about what was found and repaired, one sentence each.</summary>
    public Action<string> Note { get; init; } = static _ => { };

    /// <summary>Gets the clock that waits are measured with.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
