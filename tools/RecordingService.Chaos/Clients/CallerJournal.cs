using System.Collections.Concurrent;

namespace RecordingService.Chaos.Clients;

/// <summary>What a client asked for and was told.</summary>
/// <param name="At">Recording time at which it asked.</param>
/// <param name="Channel">Channel of the class.</param>
/// <param name="Request">What it asked.</param>
/// <param name="Status">HTTP status, or null without an answer.</param>
/// <param name="Answer">What it was told, in short.</param>
internal sealed record CallerEntry(DateTimeOffset At, string Channel, string Request, int? Status, string Answer);

/// <summary>Everything that the clients asked for and were told.</summary>
internal sealed class CallerJournal
{
    private readonly ConcurrentQueue<CallerEntry> entries = new();

    /// <summary>Gets the entries, in the order in which answers came.</summary>
    public IReadOnlyCollection<CallerEntry> Entries => entries;

    /// <summary>Notes an exchange.</summary>
    public void Add(CallerEntry entry) => entries.Enqueue(entry);
}
