using System.Runtime.CompilerServices;

namespace RecordingService.Testing;

/// <summary>Waits for something that another process or thread brings about, looking at it again and again until a deadline.</summary>
/// <remarks>For what gives no signal. The wait ends as soon as the condition holds, so a generous deadline costs nothing.</remarks>
public static class Eventually
{
    private static readonly TimeSpan DefaultDeadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan FirstInterval = TimeSpan.FromMilliseconds(20);

    /// <summary>Many tests wait at once, and each look is a request: what takes long is looked at seldom.</summary>
    private static readonly TimeSpan LongestInterval = TimeSpan.FromMilliseconds(200);

    /// <summary>Waits until a condition holds.</summary>
    /// <param name="condition">The condition; an exception counts as not yet.</param>
    /// <param name="within">The deadline; null for 60 seconds.</param>
    /// <param name="time">The clock; null for the system's.</param>
    /// <param name="description">What is awaited, for the message; by default the condition's own text.</param>
    /// <exception cref="TimeoutException">The condition did not hold in time.</exception>
    public static Task HoldsAsync(
        Func<Task<bool>> condition,
        TimeSpan? within = null,
        TimeProvider? time = null,
        [CallerArgumentExpression(nameof(condition))] string description = ""
    ) => BecomesAsync(condition, holds => holds, within, time, description);

    /// <inheritdoc cref="HoldsAsync(Func{Task{bool}}, TimeSpan?, TimeProvider?, string)"/>
    public static Task HoldsAsync(
        Func<bool> condition,
        TimeSpan? within = null,
        TimeProvider? time = null,
        [CallerArgumentExpression(nameof(condition))] string description = ""
    ) => BecomesAsync(() => Task.FromResult(condition()), holds => holds, within, time, description);

    /// <summary>Waits until a value is as wanted.</summary>
    /// <param name="read">Reads the value; an exception counts as not yet.</param>
    /// <param name="wanted">Says whether the value is as wanted.</param>
    /// <param name="within">The deadline; null for 60 seconds.</param>
    /// <param name="time">The clock; null for the system's.</param>
    /// <param name="description">What is awaited, for the message; by default the predicate's own text.</param>
    /// <returns>The first value that is as wanted.</returns>
    /// <exception cref="TimeoutException">It was not so in time; the message carries the last value.</exception>
    public static async Task<T> BecomesAsync<T>(
        Func<Task<T>> read,
        Func<T, bool> wanted,
        TimeSpan? within = null,
        TimeProvider? time = null,
        [CallerArgumentExpression(nameof(wanted))] string description = ""
    )
    {
        ArgumentNullException.ThrowIfNull(read);
        ArgumentNullException.ThrowIfNull(wanted);
        var clock = time ?? TimeProvider.System;
        var deadline = within ?? DefaultDeadline;
        var started = clock.GetTimestamp();
        var interval = FirstInterval;
        while (true)
        {
            string last;
            Exception? failure = null;
            try
            {
                var value = await read();
                if (wanted(value))
                {
                    return value;
                }

                last = $"{value}";
            }
            catch (Exception exception)
            {
                failure = exception;
                last = $"{exception.GetType().Name}: {exception.Message}";
            }

            if (clock.GetElapsedTime(started) >= deadline)
            {
                throw new TimeoutException($"Not within {deadline.TotalSeconds:0.#} s: {description}. Last seen: {last}", failure);
            }

            await Task.Delay(interval, clock);
            interval = interval * 1.2 < LongestInterval ? interval * 1.2 : LongestInterval;
        }
    }
}
