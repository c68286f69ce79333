// The peer of `npm run bench -- --peer`: go-mysql reads the binlog, franz-go writes to Kafka, with a minimal JSON envelope between them. At least once,
// acknowledged by all in-sync replicas, without a stored position. It begins when it has connected and ends when all rows are acknowledged; its last
// line is JSON.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/go-mysql-org/go-mysql/mysql"
	"github.com/go-mysql-org/go-mysql/replication"
	"github.com/twmb/franz-go/pkg/kgo"
)

func main() {
	host := flag.String("host", "127.0.0.1", "MySQL's host")
	port := flag.Uint("port", 3306, "MySQL's port")
	user := flag.String("user", "repl", "MySQL's user; the password is in SOURCE_PASSWORD")
	file := flag.String("file", "", "binlog file to begin in")
	position := flag.Uint("position", 4, "offset to begin at")
	database := flag.String("database", "", "database to replicate")
	brokers := flag.String("brokers", "", "Kafka's brokers, with commas between")
	topic := flag.String("topic", "", "topic to write to")
	wanted := flag.Int64("rows", 0, "rows to wait for")
	flag.Parse()

	syncer := replication.NewBinlogSyncer(replication.BinlogSyncerConfig{
		ServerID: uint32(os.Getpid()),
		Flavor:   "mysql",
		Host:     *host,
		Port:     uint16(*port),
		User:     *user,
		Password: os.Getenv("SOURCE_PASSWORD"),
		Logger:   slog.New(slog.DiscardHandler),
	})
	defer syncer.Close()
	stream, err := syncer.StartSync(mysql.Position{Name: *file, Pos: uint32(*position)})
	check(err)
	client, err := kgo.NewClient(
		kgo.SeedBrokers(strings.Split(*brokers, ",")...),
		kgo.DefaultProduceTopic(*topic),
		kgo.ProducerBatchCompression(kgo.NoCompression()),
		kgo.RequiredAcks(kgo.AllISRAcks()),
		kgo.MaxBufferedRecords(50_000),
	)
	check(err)
	defer client.Close()
	ctx := context.Background()
	check(client.Ping(ctx))

	began := time.Now()
	var acknowledged atomic.Int64
	done := make(chan struct{})
	promise := func(_ *kgo.Record, err error) {
		check(err)
		if acknowledged.Add(1) == *wanted {
			close(done)
		}
	}
	for sent := int64(0); sent < *wanted; {
		event, err := stream.GetEvent(ctx)
		check(err)
		rows, ok := event.Event.(*replication.RowsEvent)
		if !ok || string(rows.Table.Schema) != *database {
			continue
		}
		names := rows.Table.ColumnNameString()
		for _, row := range rows.Rows {
			key, value := envelope(names, row, string(rows.Table.Table), event.Header)
			client.Produce(ctx, &kgo.Record{Key: key, Value: value}, promise)
			sent++
		}
	}
	<-done
	seconds := time.Since(began).Seconds()
	var usage syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	cpu := time.Duration(usage.Utime.Nano() + usage.Stime.Nano()).Seconds()
	fmt.Printf("{\"rowsPerSecond\":%.0f,\"seconds\":%.3f,\"cpuSeconds\":%.2f,\"peakMegabytes\":%.0f}\n",
		float64(*wanted)/seconds, seconds, cpu, float64(usage.Maxrss)*1024/1e6)
}

// envelope makes a record of an inserted row; the first column is its key.
func envelope(names []string, row []any, table string, header *replication.EventHeader) ([]byte, []byte) {
	key := make([]byte, 0, 32)
	key = append(key, '{')
	key = member(key, names[0], row[0])
	key = append(key, '}')
	value := make([]byte, 0, 640)
	value = append(value, `{"before":null,"after":{`...)
	for i, cell := range row {
		if i > 0 {
			value = append(value, ',')
		}
		value = member(value, names[i], cell)
	}
	value = append(value, `},"source":{"table":`...)
	value = strconv.AppendQuote(value, table)
	value = append(value, `,"server_id":`...)
	value = strconv.AppendUint(value, uint64(header.ServerID), 10)
	value = append(value, `,"pos":`...)
	value = strconv.AppendUint(value, uint64(header.LogPos), 10)
	value = append(value, `},"op":"c","ts_ms":`...)
	value = strconv.AppendInt(value, int64(header.Timestamp)*1000, 10)
	return key, append(value, '}')
}

func member(to []byte, name string, cell any) []byte {
	to = strconv.AppendQuote(to, name)
	to = append(to, ':')
	switch value := cell.(type) {
	case nil:
		return append(to, "null"...)
	case int8:
		return strconv.AppendInt(to, int64(value), 10)
	case int16:
		return strconv.AppendInt(to, int64(value), 10)
	case int32:
		return strconv.AppendInt(to, int64(value), 10)
	case int64:
		return strconv.AppendInt(to, value, 10)
	case float64:
		return strconv.AppendFloat(to, value, 'g', -1, 64)
	default:
		text, err := json.Marshal(value)
		check(err)
		return append(to, text...)
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
