namespace RecordingService.LocalStack.Processes;

/// <summary>Says which .NET program to run, with what, and when it counts as ready.</summary>
public sealed record ServiceProcessOptions
{
    /// <summary>Gets the path of the program's dll; its runtimeconfig.json lies beside it.</summary>
    public required string Assembly { get; init; }

    /// <summary>Gets the program's arguments.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Gets the folder that the program runs in.</summary>
    /// <value>Null: the folder of its dll, where it finds its appsettings.json.</value>
    public string? WorkingDirectory { get; init; }

    /// <summary>Gets the configuration, as environment variables beside the inherited ones.</summary>
    public IReadOnlyDictionary<string, string> Configuration { get; init; } = new Dictionary<string, string>();

    /// <summary>Gets the address that answers 200 when the program is ready.</summary>
    /// <value>Null: ready as soon as it runs.</value>
    public Uri? ReadyAddress { get; init; }

    /// <summary>Gets how long the program may take to become ready.</summary>
    /// <value>60 seconds.</value>
    public TimeSpan ReadyWithin { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Gets the receiver of each line that the program writes.</summary>
    public Action<string> OnOutput { get; init; } = static _ => { };

    /// <summary>Gets the clock that waits are measured with.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
